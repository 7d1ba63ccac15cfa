package com.octomil.privacy.dp.sensitivity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.security.SecureRandom;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class GridEncoderTest {
  private final SecureRandom random = new SecureRandom();

  @Test
  void boundsAreExactIntegers() {
    GridEncoder encoder = new GridEncoder(1.0, 0x1p-16);
    assertThat(encoder.maxNormSquared()).isEqualTo(1L << 32);
    assertThat(encoder.maxAbsCoordinate()).isEqualTo(1 << 16);
    // 0.1/0.01 as doubles is slightly below or above 10: the exact quotient decides.
    GridEncoder decimal = new GridEncoder(0.3, 0.1);
    assertThat(decimal.maxNormSquared()).isEqualTo(8);
    assertThat(decimal.maxAbsCoordinate()).isEqualTo(2);
  }

  @Test
  void theIntegerNormNeverExceedsTheBound() {
    for (int dimension : new int[] {1, 2, 17, 1000, 100_000}) {
      for (int bits : new int[] {0, 3, 8, 16, 30}) {
        GridEncoder encoder = new GridEncoder(1.5, 1.5 * Math.scalb(1.0, -bits));
        double[] update = new double[dimension];
        for (int i = 0; i < dimension; i++) {
          update[i] = random.nextGaussian() * 100;
        }
        int[] encoded = encoder.encode(update, random);
        long norm = Arrays.stream(encoded).mapToLong(k -> (long) k * k).sum();
        assertThat(norm).isLessThanOrEqualTo(encoder.maxNormSquared());
      }
    }
  }

  @Test
  void roundingIsUnbiasedWithinTheNorm() {
    GridEncoder encoder = new GridEncoder(1.0, 0x1p-8);
    double[] update = {0.1234, -0.2345, 0.0007, -0.0001};
    double[] mean = new double[update.length];
    int draws = 200_000;
    for (int n = 0; n < draws; n++) {
      int[] encoded = encoder.encode(update, random);
      for (int i = 0; i < update.length; i++) {
        mean[i] += encoder.decode(encoded[i]) / draws;
      }
    }
    // One coordinate has a standard error of at most half a step / sqrt(draws); seven of them.
    double tolerance = 7 * 0.5 * 0x1p-8 / Math.sqrt(draws);
    for (int i = 0; i < update.length; i++) {
      assertThat(mean[i]).isCloseTo(update[i], within(tolerance));
    }
  }

  @Test
  void everyCoordinateOfALongUpdateIsUnbiased() {
    // Long enough for the keystream. Fractions of every size, also below the first bits drawn.
    GridEncoder encoder = new GridEncoder(1.0, 0x1p-12);
    double[] update = new double[4096];
    for (int i = 0; i < update.length; i++) {
      update[i] = Math.scalb(random.nextDouble() - 0.5, -(i % 24));
    }
    double norm = Math.sqrt(Arrays.stream(update).map(x -> x * x).sum());
    Arrays.setAll(update, i -> update[i] * 0.99 / norm);
    int draws = 2000;
    long[] sum = new long[update.length];
    for (int n = 0; n < draws; n++) {
      int[] encoded = encoder.encode(update, random);
      Arrays.setAll(sum, i -> sum[i] + encoded[i]);
    }
    double statistic = 0;
    int coordinates = 0;
    for (int i = 0; i < update.length; i++) {
      double y = update[i] * 0x1p12;
      double fraction = y - Math.floor(y);
      double variance = draws * fraction * (1 - fraction);
      if (variance > 20) {
        double error = sum[i] - draws * y;
        statistic += error * error / variance;
        coordinates++;
      }
    }
    // Chi-square within nine standard deviations: false alarm below 1e-15.
    assertThat(coordinates).isGreaterThan(1000);
    assertThat(statistic)
        .isCloseTo(coordinates, within(9 * Math.sqrt(2.0 * coordinates + coordinates / 20.0)));
  }

  @Test
  void anOpenRoundingIsDecidedByTheNextBits() {
    GridEncoder encoder = new GridEncoder(16, 1);
    // A quarter is 0x4000 of 0x10000: 0xC000 and above round up, and 0xBFFF leaves it open.
    assertThat(encoder.encode(new double[] {2.25}, new Scripted(0xC000, 0))).containsExactly(3);
    assertThat(encoder.encode(new double[] {-2.25}, new Scripted(0xC000, 0))).containsExactly(-3);
    assertThat(encoder.encode(new double[] {2.25}, new Scripted(0xBFFE, 0))).containsExactly(2);
    assertThat(encoder.encode(new double[] {2.25}, new Scripted(0xBFFF, 0))).containsExactly(2);
    // 2^-20 more leaves a sixteenth of a unit of the first bits, so 0x10000000 of the next.
    double above = 2.25 + 0x1p-20;
    assertThat(encoder.encode(new double[] {above}, new Scripted(0xBFFF, 0x0FFFFFFF)))
        .containsExactly(3);
    assertThat(encoder.encode(new double[] {-above}, new Scripted(0xBFFF, 0x0FFFFFFF)))
        .containsExactly(-3);
    assertThat(encoder.encode(new double[] {above}, new Scripted(0xBFFF, 0x10000000)))
        .containsExactly(2);
    // An integer never moves.
    assertThat(encoder.encode(new double[] {3, 0}, new Scripted(0xFFFF, -1))).containsExactly(3, 0);
  }

  /** Draws the same 16 bits for every coordinate and the same 32 bits afterwards. */
  private static final class Scripted extends SecureRandom {
    private static final long serialVersionUID = 1;
    private final int first;
    private final int next;

    Scripted(int first, int next) {
      this.first = first;
      this.next = next;
    }

    @Override
    public void nextBytes(byte[] bytes) {
      for (int i = 0; i < bytes.length; i += 2) {
        bytes[i] = (byte) first;
        bytes[i + 1] = (byte) (first >>> 8);
      }
    }

    @Override
    public int nextInt() {
      return next;
    }
  }

  @Test
  void updatesAtTheNormFitWhateverTheirShape() {
    for (int bits : new int[] {0, 1, 4, 9, 16, 30}) {
      GridEncoder encoder = new GridEncoder(1, Math.scalb(1.0, -bits));
      for (int dimension : new int[] {1, 3, 64, 1023, 1024, 2049, 70_000}) {
        for (double power : new double[] {0, 1, 6}) {
          float[] update = new float[dimension];
          for (int i = 0; i < dimension; i++) {
            update[i] = (float) Math.pow(random.nextDouble(), power) * (i % 2 == 0 ? 1 : -1);
          }
          int[] encoded = encoder.encode(update, random);
          long norm = 0;
          for (int k : encoded) {
            norm = Math.addExact(norm, Math.multiplyExact((long) k, (long) k));
          }
          assertThat(norm).isLessThanOrEqualTo(encoder.maxNormSquared());
          double whole = 0;
          for (float value : update) {
            whole += (double) value * value;
          }
          if (bits >= 16 && whole >= 1) {
            // Shortened by next to nothing.
            assertThat(norm).isGreaterThan(encoder.maxNormSquared() / 1000 * 999);
          }
        }
      }
    }
  }

  @Test
  void longUpdatesKeepTheirDirection() {
    GridEncoder encoder = new GridEncoder(1.0, 0x1p-16);
    int[] encoded = encoder.encode(new float[] {3e38f, -3e38f, 0}, random);
    assertThat(encoder.decode(encoded[0])).isCloseTo(Math.sqrt(0.5), within(2e-4));
    assertThat(encoder.decode(encoded[1])).isCloseTo(-Math.sqrt(0.5), within(2e-4));
    assertThat(encoded[2]).isZero();
    int[] extreme = encoder.encode(new double[] {1e308, 1e-308}, random);
    assertThat(encoder.decode(extreme[0])).isCloseTo(1, within(2e-4));
  }

  @Test
  void subnormalAndZeroUpdatesEncodeNearZero() {
    GridEncoder encoder = new GridEncoder(1.0, 0x1p-16);
    assertThat(encoder.encode(new double[] {0, -0.0}, random)).containsExactly(0, 0);
    assertThat(encoder.encode(new double[] {Double.MIN_VALUE}, random)[0]).isBetween(0, 1);
    assertThat(encoder.encode(new float[0], random)).isEmpty();
  }

  @Test
  void refusesWhatItCannotEncode() {
    GridEncoder encoder = new GridEncoder(1.0, 0x1p-16);
    assertThatThrownBy(() -> encoder.encode(new float[] {0, Float.NaN}, random))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("update[1] is NaN");
    assertThatThrownBy(() -> new GridEncoder(1.0, 2.0)).hasMessageContaining("grid_step is 2.0");
    assertThatThrownBy(() -> new GridEncoder(1.0, 0x1p-31)).hasMessageContaining("grid_step");
    assertThatThrownBy(() -> new GridEncoder(0, 1)).hasMessageContaining("clip_norm is 0.0");
  }
}
