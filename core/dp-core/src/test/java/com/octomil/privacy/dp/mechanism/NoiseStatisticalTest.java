package com.octomil.privacy.dp.mechanism;

import static org.assertj.core.api.Assertions.assertThat;

import java.security.SecureRandom;
import java.util.List;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * All noise under the {@link NoiseExamination}: fewer than a thousand tests, so a run of correct
 * samplers fails with probability below 1e-7. The examination itself must find broken samplers.
 */
class NoiseStatisticalTest {
  private static final int SAMPLES = 1_000_000;
  private static final int MANY = 100_000_000;

  private static NoiseExamination.Finding worst(
      LongSupplier sampler, NoiseDistribution truth, int samples) {
    return NoiseExamination.examine(sampler, truth, samples).get(0);
  }

  private static void passes(LongSupplier sampler, NoiseDistribution truth, int samples) {
    NoiseExamination.Finding worst = worst(sampler, truth, samples);
    assertThat(worst.pValue()).as(worst.test()).isGreaterThan(NoiseExamination.ALARM);
  }

  @ParameterizedTest
  @ValueSource(doubles = {0.3, 1, 2.7, 20.5, 1000, 0x1p20 / 3, 0x1p40})
  void roundedGaussianIsRight(double sigma) {
    passes(RoundedGaussian.of(sigma)::sample, NoiseDistribution.roundedGaussian(sigma), SAMPLES);
  }

  @ParameterizedTest
  @ValueSource(doubles = {0.3, 0.8, 1, 2.7, 20.5, 63.9, 1000, 0x1p20 / 3, 0x1p40})
  void discreteGaussianIsRight(double sigma) {
    passes(DiscreteGaussian.of(sigma)::sample, NoiseDistribution.discreteGaussian(sigma), SAMPLES);
  }

  @ParameterizedTest
  @ValueSource(doubles = {0.05, 0.7, 1, 7.3, 129, 3000, 1e5, 0x1p40 / 3, 0x1p80})
  void skellamIsRight(double variance) {
    passes(Skellam.ofVariance(variance)::sample, NoiseDistribution.skellam(variance), SAMPLES);
  }

  @Test
  void discreteGaussianAgreesWithThePaperAlgorithm() {
    // Two independent routes to one distribution: ours, and Algorithm 3 in integer arithmetic.
    PaperDiscreteGaussian paper = new PaperDiscreteGaussian(new SecureRandom(), 7);
    double sigma = Math.sqrt(7);
    int samples = 200_000;
    passes(paper::sample, NoiseDistribution.discreteGaussian(sigma), samples);
    passes(DiscreteGaussian.of(sigma)::sample, NoiseDistribution.discreteGaussian(sigma), samples);
  }

  @Test
  @Tag("slow")
  void roundedGaussianAtLength() {
    for (double sigma : new double[] {0.5, 20.5, 0x1p20 / 3, 0x1p40}) {
      passes(RoundedGaussian.of(sigma)::sample, NoiseDistribution.roundedGaussian(sigma), MANY);
    }
  }

  @Test
  @Tag("slow")
  void discreteGaussianAtLength() {
    for (double sigma : new double[] {0.5, 20.5, 1e5, 0x1p40}) {
      passes(DiscreteGaussian.of(sigma)::sample, NoiseDistribution.discreteGaussian(sigma), MANY);
    }
  }

  @Test
  @Tag("slow")
  void skellamAtLength() {
    for (double variance : new double[] {0.5, 400, 1e5, 0x1p80}) {
      passes(Skellam.ofVariance(variance)::sample, NoiseDistribution.skellam(variance), MANY);
    }
  }

  private static void isCaught(
      LongSupplier broken, NoiseDistribution truth, int samples, String... by) {
    List<NoiseExamination.Finding> findings =
        NoiseExamination.examine(broken, truth, samples).stream()
            .filter(finding -> finding.pValue() < NoiseExamination.ALARM)
            .toList();
    assertThat(findings).extracting(NoiseExamination.Finding::test).contains(by);
  }

  @Test
  void aVarianceWrongByOnePerCentIsCaught() {
    double narrow = Math.sqrt(0.99);
    NoiseDistribution truth = NoiseDistribution.roundedGaussian(1000);
    isCaught(RoundedGaussian.of(1000 * narrow)::sample, truth, 2 * SAMPLES, "variance");
    isCaught(RoundedGaussian.of(1000 / narrow)::sample, truth, 2 * SAMPLES, "variance");
    isCaught(
        Skellam.ofVariance(129 * 0.99)::sample,
        NoiseDistribution.skellam(129),
        2 * SAMPLES,
        "variance");
  }

  @Test
  void aShiftIsCaught() {
    LongSupplier good = RoundedGaussian.of(1000)::sample;
    isCaught(() -> good.getAsLong() + 20, NoiseDistribution.roundedGaussian(1000), SAMPLES, "mean");
  }

  @Test
  void aTruncatedTailIsCaught() {
    NoiseDistribution truth = NoiseDistribution.discreteGaussian(1000);
    LongSupplier good = DiscreteGaussian.of(1000)::sample;
    LongSupplier cut =
        () -> {
          long k = good.getAsLong();
          while (Math.abs(k) >= 4000) {
            k = good.getAsLong();
          }
          return k;
        };
    isCaught(cut, truth, 2 * SAMPLES, "above 4", "below 4");
    // Twelve uniforms: the right moments up to the third, and a tail that ends.
    SecureRandom random = new SecureRandom();
    isCaught(
        () -> {
          double sum = -6;
          for (int i = 0; i < 12; i++) {
            sum += (random.nextInt() >>> 8) * 0x1p-24;
          }
          return Math.round(sum * 1000);
        },
        truth,
        SAMPLES,
        "shape");
  }

  @Test
  void aBiasOfParityIsCaught() {
    // One sample in a hundred is made even.
    LongSupplier good = DiscreteGaussian.of(1000)::sample;
    int[] count = new int[1];
    isCaught(
        () -> count[0]++ % 50 == 0 ? good.getAsLong() & ~1L : good.getAsLong(),
        NoiseDistribution.discreteGaussian(1000),
        2 * SAMPLES,
        "low bits");
  }

  @Test
  void floatingPointNoiseIsCaught() {
    SecureRandom random = new SecureRandom();
    double sigma = 0x1p40;
    isCaught(
        () -> (long) ((float) random.nextGaussian() * sigma),
        NoiseDistribution.roundedGaussian(sigma),
        SAMPLES / 4,
        "low bits");
    // Small noise: adding a float to a large float loses its low bits, too.
    float model = 1 << 28;
    isCaught(
        () -> (long) (model + (float) (random.nextGaussian() * 1000)) - (1 << 28),
        NoiseDistribution.roundedGaussian(1000),
        SAMPLES / 4,
        "low bits");
  }

  @Test
  void aSignThatSticksAndRepeatedDrawsAreCaught() {
    LongSupplier good = RoundedGaussian.of(1000)::sample;
    NoiseDistribution truth = NoiseDistribution.roundedGaussian(1000);
    isCaught(() -> Math.abs(good.getAsLong()), truth, SAMPLES, "mean", "shape");
    long[] last = new long[2];
    isCaught(
        () -> {
          // Every tenth draw is handed out twice.
          last[0] = last[1]++ % 10 == 9 ? last[0] : good.getAsLong();
          return last[0];
        },
        truth,
        SAMPLES,
        "neighbours");
  }

  @Test
  void theExactBinomialIsRight() {
    assertThat(NoiseExamination.binomial(0, 10, 0.5)).isEqualTo(2 * Math.pow(0.5, 10));
    assertThat(NoiseExamination.binomial(10, 10, 0.5)).isEqualTo(2 * Math.pow(0.5, 10));
    assertThat(NoiseExamination.binomial(5, 10, 0.5)).isEqualTo(1);
    assertThat(NoiseExamination.binomial(3, 10, 0)).isZero();
  }
}
