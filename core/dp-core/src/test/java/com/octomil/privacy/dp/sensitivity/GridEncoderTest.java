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
