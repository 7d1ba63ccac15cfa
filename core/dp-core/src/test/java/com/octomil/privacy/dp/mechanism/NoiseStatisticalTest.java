package com.octomil.privacy.dp.mechanism;

import static org.assertj.core.api.Assertions.assertThat;

import com.octomil.privacy.dp.internal.Normal;
import java.security.SecureRandom;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The distribution of the noise in cells of equal probability and far in the tails; a correct
 * sampler fails one of these tests with probability below 1e-8.
 */
class NoiseStatisticalTest {
  private static final int CELLS = 64;

  /** Pearson's statistic over integer ranges of about equal probability, standardised. */
  private static double standardised(LongSupplier sampler, double sigma, int samples) {
    double[] expected = new double[CELLS];
    long[] borders = new long[CELLS - 1];
    for (int i = 0; i < borders.length; i++) {
      borders[i] = Math.round(sigma * quantile((i + 1.0) / CELLS));
    }
    for (int i = 0; i < CELLS; i++) {
      double low = i == 0 ? 1 : Normal.upperTail((borders[i - 1] + 0.5) / sigma);
      double high = i == CELLS - 1 ? 0 : Normal.upperTail((borders[i] + 0.5) / sigma);
      expected[i] = (low - high) * samples;
    }
    long[] counts = new long[CELLS];
    for (int n = 0; n < samples; n++) {
      long k = sampler.getAsLong();
      int cell = 0;
      int high = CELLS - 1;
      while (cell < high) {
        int middle = (cell + high) >>> 1;
        if (k <= borders[middle]) {
          high = middle;
        } else {
          cell = middle + 1;
        }
      }
      counts[cell]++;
    }
    double statistic = 0;
    for (int i = 0; i < CELLS; i++) {
      statistic += (counts[i] - expected[i]) * (counts[i] - expected[i]) / expected[i];
    }
    return (statistic - (CELLS - 1)) / Math.sqrt(2.0 * (CELLS - 1));
  }

  private static double quantile(double p) {
    double low = -10;
    double high = 10;
    for (int i = 0; i < 80; i++) {
      double middle = 0.5 * (low + high);
      if (Normal.upperTail(middle) > 1 - p) {
        low = middle;
      } else {
        high = middle;
      }
    }
    return low;
  }

  private static void checkTails(LongSupplier sampler, double sigma, int samples) {
    for (double reach : new double[] {3, 4, 4.5}) {
      long border = Math.round(reach * sigma);
      double expected = 2 * samples * Normal.upperTail((border - 0.5) / sigma);
      assertThat((double) tail(sampler, border, samples))
          .as("beyond %s sigma", reach)
          .isBetween(
              expected - 7 * Math.sqrt(expected) - 12, expected + 7 * Math.sqrt(expected) + 12);
    }
  }

  private static long tail(LongSupplier sampler, long border, int samples) {
    long count = 0;
    for (int i = 0; i < samples; i++) {
      count += Math.abs(sampler.getAsLong()) >= border ? 1 : 0;
    }
    return count;
  }

  @Test
  void roundedGaussianHasTheRightShape() {
    for (double sigma : new double[] {100, 0x1p20 / 3, 0x1p40}) {
      RoundedGaussian noise = RoundedGaussian.of(sigma);
      assertThat(standardised(noise::sample, sigma, 1_000_000)).as("sigma %s", sigma).isLessThan(9);
    }
  }

  @Test
  void roundedGaussianHasTheRightTails() {
    checkTails(RoundedGaussian.of(1000)::sample, 1000, 2_000_000);
  }

  @Test
  @Tag("slow")
  void roundedGaussianAtLength() {
    for (double sigma : new double[] {20.5, 1000, 0x1p20 / 3, 0x1p40}) {
      RoundedGaussian noise = RoundedGaussian.of(sigma);
      assertThat(standardised(noise::sample, sigma, 200_000_000))
          .as("sigma %s", sigma)
          .isLessThan(9);
      checkTails(noise::sample, sigma, 100_000_000);
    }
  }

  @Test
  void theHarnessCatchesBrokenSamplers() {
    double sigma = 1000;
    RoundedGaussian good = RoundedGaussian.of(sigma);
    SecureRandom random = new SecureRandom();
    int samples = 1_000_000;
    // One per cent too narrow; shifted by two per cent; twelve uniforms; a sign that sticks.
    assertThat(standardised(() -> Math.round(0.99 * good.sample()), sigma, samples))
        .isGreaterThan(9);
    assertThat(standardised(() -> good.sample() + 20, sigma, samples)).isGreaterThan(9);
    assertThat(
            standardised(
                () -> {
                  double sum = -6;
                  for (int i = 0; i < 12; i++) {
                    sum += (random.nextInt() >>> 8) * 0x1p-24;
                  }
                  return Math.round(sum * sigma);
                },
                sigma,
                samples))
        .isGreaterThan(9);
    assertThat(standardised(() -> Math.abs(good.sample()), sigma, samples)).isGreaterThan(9);
    // A sampler cut at four sigma is caught in the tails only.
    long cut = Math.round(4 * sigma);
    long found = tail(() -> Math.max(-cut + 1, Math.min(cut - 1, good.sample())), cut, 2_000_000);
    double expected = 4_000_000 * Normal.upperTail(4);
    assertThat((double) found).isLessThan(expected - 7 * Math.sqrt(expected));
  }
}
