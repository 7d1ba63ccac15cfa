package com.octomil.privacy.dp.internal;

import static org.assertj.core.api.Assertions.assertThat;

import com.octomil.privacy.dp.random.KeystreamRandom;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.commons.numbers.gamma.RegularizedGamma;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The lattice sampler's parts, each against big integers. */
class LatticeSamplingTest {
  private static final int PRECISION = 256;

  static Stream<LatticeDensity> densities() {
    return Stream.concat(
        Stream.of(0x1p-20, 0.5, 3.3, 31.9, 32.0, 1000.0, 0x1p40).map(GaussianLattice::new),
        Stream.of(
                0x1p-41,
                0.7,
                1.0,
                5.5,
                63.9,
                64.2,
                1000.5,
                0x1p16 + 0.25,
                0x1p20 + 0.3,
                0x1p40,
                0x1p79)
            .map(PoissonLattice::new));
  }

  /** log of a positive number of units of 2^-precision. */
  private static double log(BigInteger value, int precision) {
    int shift = value.bitLength() - 60;
    return Math.log(value.shiftRight(shift).doubleValue()) + (shift - precision) * Math.log(2);
  }

  @ParameterizedTest
  @MethodSource("densities")
  void theEnvelopeIsExactAndAboveTheDensity(LatticeDensity density) {
    LatticeTable table = new LatticeTable(density);
    BigInteger scale = new BigDecimal(table.scale).toBigIntegerExact();
    assertThat(table.exactScale).isEqualTo(scale);
    BigInteger total = BigInteger.ZERO;
    for (int j = 0; j < LatticeTable.COLUMNS; j++) {
      BigInteger height = BigInteger.valueOf(table.heights[j]);
      total = total.add(height.multiply(BigInteger.valueOf(LatticeTable.weight(j))));
      long left = table.start(j);
      long right = table.start(j + 1) - 1;
      long inner = j < LatticeTable.MIDDLE ? right : left;
      long outer = j < LatticeTable.MIDDLE ? left : right;
      if (density.logRatio(inner) == Double.NEGATIVE_INFINITY) {
        assertThat(table.heights[j]).isZero();
        continue;
      }
      // Log-concave, so the density is largest at the inner end and least at the outer one.
      BigInteger mostDense = scale.multiply(density.ratio(inner, PRECISION).upper());
      assertThat(height.shiftLeft(PRECISION)).isGreaterThanOrEqualTo(mostDense);
      if (j == LatticeTable.FIRST || j == LatticeTable.LAST) {
        long block = (long) LatticeTable.TAIL_COLUMNS << table.widthBits;
        for (int i = 1; i < 4; i++) {
          long at = inner + (j == LatticeTable.FIRST ? -i : i) * block;
          if (density.logRatio(at) > Double.NEGATIVE_INFINITY) {
            assertThat(height.shiftLeft(PRECISION - i))
                .isGreaterThanOrEqualTo(scale.multiply(density.ratio(at, PRECISION).upper()));
          }
        }
        assertThat(table.sure[j]).isZero();
      } else if (density.logRatio(outer) > Double.NEGATIVE_INFINITY) {
        BigInteger least = scale.multiply(density.ratio(outer, PRECISION).lower());
        assertThat(height.multiply(BigInteger.valueOf(table.sure[j])).shiftLeft(PRECISION))
            .isLessThanOrEqualTo(least.shiftLeft(14));
      } else {
        assertThat(table.sure[j]).isZero();
      }
    }
    assertThat(total).isEqualTo(BigInteger.ONE.shiftLeft(63));
  }

  @ParameterizedTest
  @MethodSource("densities")
  void aliasesGiveEveryColumnItsWeight(LatticeDensity density) {
    LatticeTable table = new LatticeTable(density);
    BigInteger[] mass = new BigInteger[LatticeTable.COLUMNS];
    Arrays.fill(mass, BigInteger.ZERO);
    long capacity = 1L << LatticeTable.THRESHOLD_BITS;
    for (int j = 0; j < LatticeTable.COLUMNS; j++) {
      assertThat(table.thresholds[j]).isBetween(0L, capacity);
      mass[j] = mass[j].add(BigInteger.valueOf(table.thresholds[j]));
      int alias = table.aliases[j];
      mass[alias] = mass[alias].add(BigInteger.valueOf(capacity - table.thresholds[j]));
    }
    for (int j = 0; j < LatticeTable.COLUMNS; j++) {
      assertThat(mass[j])
          .isEqualTo(
              BigInteger.valueOf(table.heights[j])
                  .multiply(BigInteger.valueOf(LatticeTable.weight(j))));
    }
  }

  @ParameterizedTest
  @MethodSource("densities")
  void logarithmsKeepTheirErrorBound(LatticeDensity density) {
    long step = Math.max(1, (long) (density.scale() / 3));
    for (long offset = -60 * step; offset <= 60 * step; offset += step) {
      double log = density.logRatio(offset);
      if (log > -700) {
        LatticeDensity.Bounds exact = density.ratio(offset, 1200);
        assertThat(exact.upper().subtract(exact.lower()).bitLength()).isLessThan(16);
        double error = 0x1p-40 * (1 + Math.abs(log));
        assertThat(log)
            .as("at %s", offset)
            .isBetween(log(exact.lower(), 1200) - error, log(exact.upper(), 1200) + error);
      }
    }
  }

  @Test
  void stirlingsSeriesAgreesWithTheProduct() {
    for (double mean : new double[] {0x1p18 + 0.375, 0x1p33 + 1.0 / 3}) {
      PoissonLattice poisson = new PoissonLattice(mean);
      for (long offset : new long[] {-3000, -17, -1, 1, 2, 40, 5000}) {
        for (int precision : new int[] {64, 300}) {
          LatticeDensity.Bounds product = poisson.byProduct(offset, precision);
          LatticeDensity.Bounds series = poisson.bySeries(offset, precision);
          assertThat(series.lower()).isLessThanOrEqualTo(product.upper());
          assertThat(series.upper()).isGreaterThanOrEqualTo(product.lower());
          assertThat(series.upper().subtract(series.lower())).isLessThan(BigInteger.valueOf(8));
        }
      }
    }
  }

  @Test
  void logarithmsInFixedPointAreRight() {
    BigInteger two = FixedPoint.log(BigInteger.TWO, BigInteger.ONE, 200);
    // log 2 to 60 digits.
    BigDecimal expected =
        new BigDecimal("0.693147180559945309417232121458176568075500134360255254120680");
    BigDecimal actual = new BigDecimal(two).divide(new BigDecimal(BigInteger.ONE.shiftLeft(200)));
    assertThat(actual.subtract(expected).abs()).isLessThan(new BigDecimal("1e-57"));
    assertThat(FixedPoint.log(BigInteger.ONE, BigInteger.TWO, 200)).isEqualTo(two.negate());
    assertThat(FixedPoint.log(BigInteger.TEN, BigInteger.TEN, 200)).isZero();
  }

  @ParameterizedTest
  @MethodSource("densities")
  void everyShortcutDecidesAsIntegersDo(LatticeDensity density) {
    KeystreamRandom random = new KeystreamRandom();
    Tape tape = new Tape(random);
    LatticeDraw fast = new LatticeDraw(density, tape);
    LatticeDraw exact = new LatticeDraw(density, tape, true);
    int trials = density.scale() < 100 ? 4000 : 400;
    for (int n = 0; n < trials; n++) {
      tape.forget();
      long first = fast.next();
      tape.rewind();
      assertThat(exact.next()).isEqualTo(first);
    }
  }

  /** Words that can be read a second time. */
  private static final class Tape implements BitSource {
    private final BitSource source;
    private final List<Long> words = new ArrayList<>();
    private int next;

    Tape(BitSource source) {
      this.source = source;
    }

    void rewind() {
      next = 0;
    }

    void forget() {
      words.clear();
      next = 0;
    }

    @Override
    public long nextLong() {
      if (next == words.size()) {
        words.add(source.nextLong());
      }
      return words.get(next++);
    }
  }

  /**
   * Far columns, which free draws never reach, drawn by choice: given the column, accepted offsets
   * must follow the density. False alarm below 1e-9 for each of at most 40 columns.
   */
  @ParameterizedTest
  @MethodSource("densities")
  void farColumnsFollowTheDensity(LatticeDensity density) {
    KeystreamRandom random = new KeystreamRandom();
    LatticeDraw draw = new LatticeDraw(density, random);
    LatticeTable table = draw.table;
    for (int column : new int[] {0, 40, 130, 250, 700, 900, 1000, 1023}) {
      if (table.heights[column] < 1 << 10 || table.thresholds[column] == 0) {
        // Nothing but a rounding of the envelope: probability below 2^-45.
        continue;
      }
      long width = 1L << table.widthBits;
      boolean tail = column == LatticeTable.FIRST || column == LatticeTable.LAST;
      int cells = (int) Math.min(8, width);
      int samples = 200_000;
      Map<Long, Long> counts = new HashMap<>();
      long accepted = 0;
      for (int n = 0; n < samples; n++) {
        long offset = draw.attempt(column, random.nextLong());
        if (offset != LatticeDraw.REJECTED) {
          accepted++;
          long cell = Math.floorDiv(offset - table.start(column), width / cells);
          counts.merge(cell, 1L, Long::sum);
        }
      }
      double statistic = 0;
      int degrees = 0;
      double expectedSum = 0;
      for (long cell = tail ? -64L * cells : 0; cell < (tail ? 64L : 1) * cells; cell++) {
        double probability = 0;
        int points = (int) Math.min(64, width / cells);
        for (int i = 0; i < points; i++) {
          long offset =
              table.start(column)
                  + cell * (width / cells)
                  + (long) ((i + 0.5) / points * (width / cells));
          boolean belongs = column != LatticeTable.FIRST || offset < table.start(1);
          boolean right = column != LatticeTable.LAST || offset >= table.start(column);
          if (belongs && right) {
            probability += Math.exp(density.logRatio(offset)) / points;
          }
        }
        // A tail's first block stands for half of its weight.
        double expected =
            samples
                * probability
                * table.scale
                / table.heights[column]
                / cells
                / (tail ? LatticeTable.TAIL_WEIGHT : 1);
        expectedSum += expected;
        if (expected > 50) {
          double difference = counts.getOrDefault(cell, 0L) - expected;
          statistic += difference * difference / expected;
          degrees++;
        }
      }
      assertThat((double) accepted)
          .as("column %s", column)
          .isBetween(
              expectedSum - 7 * Math.sqrt(expectedSum) - 20,
              expectedSum + 7 * Math.sqrt(expectedSum) + 20);
      if (degrees > 0) {
        assertThat(RegularizedGamma.Q.value(0.5 * degrees, 0.5 * statistic))
            .as("column %s", column)
            .isGreaterThan(1e-10);
      }
    }
  }
}
