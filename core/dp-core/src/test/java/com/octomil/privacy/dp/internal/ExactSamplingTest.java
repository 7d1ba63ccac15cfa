package com.octomil.privacy.dp.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.octomil.privacy.dp.random.KeystreamRandom;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayDeque;
import org.apache.commons.numbers.gamma.RegularizedGamma;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The parts of the sampler that random draws reach too rarely to be tested by them. */
class ExactSamplingTest {
  private static final StripTable TABLE = StripTable.instance();

  @Test
  void theEnvelopeIsExactAndAboveTheDensity() {
    BigInteger total = BigInteger.ZERO;
    BigInteger scale = new BigDecimal(TABLE.scale).toBigIntegerExact();
    for (int j = 0; j < StripTable.COLUMNS; j++) {
      long weight = j == StripTable.LAST ? StripTable.TAIL_WEIGHT : 1;
      total = total.add(BigInteger.valueOf(TABLE.heights[j]).multiply(BigInteger.valueOf(weight)));
      // C exp(-x^2/2) at the left end, where it is largest; 2^-6 is the width of a column.
      BigInteger density = scale.multiply(ExactKernel.expUpper(BigInteger.valueOf(j), 6, 200));
      assertThat(BigInteger.valueOf(TABLE.heights[j]).shiftLeft(200))
          .isGreaterThanOrEqualTo(density);
      if (j < StripTable.LAST) {
        BigInteger least = scale.multiply(ExactKernel.expLower(BigInteger.valueOf(j + 1L), 6, 200));
        BigInteger sure =
            BigInteger.valueOf(TABLE.sure[j]).multiply(BigInteger.valueOf(TABLE.heights[j]));
        assertThat(sure.shiftLeft(200)).isLessThanOrEqualTo(least.shiftLeft(14));
      }
    }
    assertThat(total).isEqualTo(BigInteger.ONE.shiftLeft(63));
  }

  @Test
  void theTailBlocksCoverTheDensity() {
    BigInteger scale = new BigDecimal(TABLE.scale).toBigIntegerExact();
    for (int block = 0; block < 20; block++) {
      BigInteger left = BigInteger.valueOf(StripTable.LAST + 64L * block);
      BigInteger density = scale.multiply(ExactKernel.expUpper(left, 6, 900));
      BigInteger height = BigInteger.valueOf(TABLE.heights[StripTable.LAST]).shiftLeft(900 - block);
      assertThat(height).isGreaterThanOrEqualTo(density);
    }
  }

  @Test
  void aliasesGiveEveryColumnItsWeight() {
    BigInteger[] mass = new BigInteger[StripTable.COLUMNS];
    java.util.Arrays.fill(mass, BigInteger.ZERO);
    long capacity = 1L << 54;
    for (int j = 0; j < StripTable.COLUMNS; j++) {
      mass[j] = mass[j].add(BigInteger.valueOf(TABLE.thresholds[j]));
      int alias = TABLE.aliases[j];
      mass[alias] = mass[alias].add(BigInteger.valueOf(capacity - TABLE.thresholds[j]));
    }
    for (int j = 0; j < StripTable.COLUMNS; j++) {
      long weight = j == StripTable.LAST ? StripTable.TAIL_WEIGHT : 1;
      assertThat(mass[j])
          .isEqualTo(BigInteger.valueOf(TABLE.heights[j]).multiply(BigInteger.valueOf(weight)));
    }
  }

  @Test
  void exponentialsAgreeWithDoubles() {
    for (double x : new double[] {0, 0x1p-20, 0.1, 0.5, 1, 2.5, 5, 7.9}) {
      BigInteger position = new BigDecimal(Math.scalb(x, 56)).toBigIntegerExact();
      double exact =
          new BigDecimal(ExactKernel.expUpper(position, 56, 240)).doubleValue() * 0x1p-240;
      assertThat(exact).isCloseTo(StrictMath.exp(-0.5 * x * x), within(1e-15 * exact));
    }
  }

  @Test
  void undecidedBitsAreExtendedNotGuessed() {
    // x = 1/64 + (2^50 - 1) 2^-56 with sigma 32: v = 0.99...: fine. sigma 16 puts a rounding border
    // in
    // the middle of a column, where only the next word decides.
    long column = 1;
    long middle = 1L << 49;
    assertThat(forced(column, middle - 1, -1L, 32.0)).isEqualTo(1);
    // sigma x = 21.333.. * 1.5/64 = 0.5 up to the bits that follow.
    double sigma = 64.0 / 3;
    assertThat(forced(column, middle, 0, Math.nextDown(sigma))).isZero();
    assertThat(forced(column, middle, 0, Math.nextUp(sigma))).isEqualTo(1);
    // Just below the border the following word decides whether the product reaches it.
    assertThat(forced(column, middle - 1, 0, sigma)).isZero();
  }

  /**
   * Strips that free draws never reach, and the tail beyond eight sigma, drawn by choice: what is
   * accepted must follow the normal. False alarm below 1e-9 for each of 12.
   */
  @ParameterizedTest
  @ValueSource(doubles = {2.5, 1000, 0x1p40})
  void farStripsFollowTheNormal(double sigma) {
    KeystreamRandom random = new KeystreamRandom();
    for (int column : new int[] {440, 470, 500, StripTable.LAST}) {
      double start = column / 64.0;
      double width = column == StripTable.LAST ? 1.5 : 1 / 64.0;
      double mass = Normal.upperTail(start);
      mass -= column == StripTable.LAST ? 0 : Normal.upperTail(start + width);
      // Cells of whole integers, at most 16 of them.
      long first = Math.round(sigma * start);
      long last = Math.round(sigma * (start + width));
      long step = Math.max(1, (last - first + 16) / 16);
      long[] counts = new long[(int) ((last - first) / step) + 2];
      long accepted = 0;
      int draws = 100_000;
      for (int n = 0; n < draws; n++) {
        boolean[] begun = new boolean[1];
        int chosen = column;
        BitSource bits =
            () -> {
              // The first word chooses the column, and the threshold bits below every threshold.
              if (!begun[0]) {
                begun[0] = true;
                return chosen;
              }
              return random.nextLong();
            };
        long k = Math.abs(new NormalDraw(sigma, bits).nextRounded());
        // Where the chosen point was rejected the draw went on freely and is far below.
        if (k >= first) {
          accepted++;
          counts[(int) Math.min(counts.length - 1L, (k - first) / step)]++;
        }
      }
      double statistic = 0;
      int cells = 0;
      for (int i = 0; i < counts.length; i++) {
        double left = Math.max(start, (first + i * step - 0.5) / sigma);
        double right = (first + (i + 1) * step - 0.5) / sigma;
        double tail =
            column == StripTable.LAST
                ? i == counts.length - 1 ? 0 : Normal.upperTail(right)
                : Normal.upperTail(Math.min(i == counts.length - 1 ? 99 : right, start + width));
        double expected = accepted * (Normal.upperTail(left) - tail) / mass;
        if (expected > 50) {
          statistic += (counts[i] - expected) * (counts[i] - expected) / expected;
          cells++;
        }
      }
      double rate =
          draws
              * TABLE.scale
              / TABLE.heights[column]
              * (mass * Math.sqrt(2 * Math.PI))
              * 64
              / (column == StripTable.LAST ? StripTable.TAIL_WEIGHT : 1);
      assertThat((double) accepted)
          .as("column %s", column)
          .isBetween(rate - 7 * Math.sqrt(rate) - 1, rate + 7 * Math.sqrt(rate) + 1);
      assertThat(cells).isPositive();
      if (cells > 1) {
        assertThat(RegularizedGamma.Q.value(0.5 * (cells - 1), 0.5 * statistic))
            .as("column %s", column)
            .isGreaterThan(1e-10);
      }
    }
  }

  /** A draw from the given column and position, accepted at once, with one word in reserve. */
  private static long forced(long column, long fraction, long reserve, double sigma) {
    ArrayDeque<Long> words = new ArrayDeque<>();
    words.add(column);
    words.add(fraction << 14);
    for (int i = 0; i < 8; i++) {
      words.add(reserve);
    }
    return new NormalDraw(sigma, words::remove).nextRounded();
  }
}
