package com.octomil.privacy.budget.domain;

import java.math.BigDecimal;

/**
 * How the clipping norm follows the updates (Andrew, Thakkar, McMahan and Ramaswamy 2021). Update
 * and clipping bit are one Gaussian release, which is charged once at the configured noise
 * multiplier: the accountant needs none of this.
 *
 * @param targetQuantile wanted share of unclipped updates; above 0, below 1
 * @param learningRate step of the logarithm of the norm; above 0
 */
public record AdaptiveClippingTerms(BigDecimal targetQuantile, BigDecimal learningRate) {

  /**
   * Standard deviation of the noise on the sum of clipping bits: a twentieth of the cohort, as the
   * authors propose, and never so little that the bit alone costs more than a quarter of the
   * round's privacy loss squared.
   *
   * @param noiseMultiplier of the round
   * @param expectedCohort public number of devices
   */
  public static double bitNoise(double noiseMultiplier, int expectedCohort) {
    return Math.max(noiseMultiplier, expectedCohort / 20.0);
  }

  AdaptiveClippingTerms normalized() {
    return new AdaptiveClippingTerms(
        targetQuantile.stripTrailingZeros(), learningRate.stripTrailingZeros());
  }
}
