package com.octomil.privacy.dp.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayDeque;
import org.junit.jupiter.api.Test;

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
