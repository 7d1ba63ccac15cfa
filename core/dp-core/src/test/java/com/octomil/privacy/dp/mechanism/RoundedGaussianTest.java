package com.octomil.privacy.dp.mechanism;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.octomil.privacy.dp.internal.Normal;
import org.junit.jupiter.api.Test;

class RoundedGaussianTest {
  /**
   * Pearson's test over the integers; with 40 to 60 cells a correct sampler exceeds dof + 9 sqrt(2
   * dof) with probability below 1e-9.
   */
  @Test
  void smallSigmasHaveTheExactCellProbabilities() {
    for (double sigma : new double[] {0.3, 1.0, 2.7, 6.5}) {
      RoundedGaussian noise = RoundedGaussian.of(sigma);
      int reach = (int) Math.ceil(4 * sigma);
      long[] counts = new long[2 * reach + 1];
      int samples = 1_000_000;
      for (int i = 0; i < samples; i++) {
        long k = Math.max(-reach, Math.min(reach, noise.sample()));
        counts[(int) k + reach]++;
      }
      double statistic = 0;
      int cells = 0;
      for (int k = -reach; k <= reach; k++) {
        double low = k == -reach ? 1 : Normal.upperTail((k - 0.5) / sigma);
        double high = k == reach ? 0 : Normal.upperTail((k + 0.5) / sigma);
        double expected = samples * (low - high);
        if (expected < 5) {
          continue;
        }
        double difference = counts[k + reach] - expected;
        statistic += difference * difference / expected;
        cells++;
      }
      assertThat(statistic).as("sigma %s", sigma).isLessThan(cells + 9 * Math.sqrt(2.0 * cells));
    }
  }

  @Test
  void largeSigmaHasTheRightMoments() {
    double sigma = 0x1p40;
    RoundedGaussian noise = RoundedGaussian.of(sigma);
    int samples = 1_000_000;
    double mean = 0;
    double square = 0;
    double fourth = 0;
    for (int i = 0; i < samples; i++) {
      double z = noise.sample() / sigma;
      mean += z / samples;
      square += z * z / samples;
      fourth += z * z * z * z / samples;
    }
    // Seven standard errors each: false alarm below 1e-11.
    assertThat(Math.abs(mean)).isLessThan(7e-3);
    assertThat(Math.abs(square - 1)).isLessThan(7 * Math.sqrt(2) * 1e-3);
    assertThat(Math.abs(fourth - 3)).isLessThan(7 * Math.sqrt(96) * 1e-3);
  }

  @Test
  void addToAddsOneSamplePerElement() {
    long[] sum = new long[10_000];
    RoundedGaussian.of(1000).addTo(sum);
    assertThat(java.util.Arrays.stream(sum).distinct().count()).isGreaterThan(1000);
  }

  @Test
  void refusesSigmaOutOfRange() {
    for (double sigma : new double[] {0, -1, Double.NaN, 0x1p41, Double.POSITIVE_INFINITY}) {
      assertThatThrownBy(() -> RoundedGaussian.of(sigma))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("sigma is " + sigma);
    }
  }
}
