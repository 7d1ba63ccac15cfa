package com.octomil.privacy.aggregator.domain;

import com.octomil.privacy.dp.sensitivity.AdaptiveClipping;

/**
 * How the clipping norm of a job follows the updates of its devices (Andrew et al. 2021). Public.
 *
 * @param initialNorm where it starts: {@code max_grad_norm}
 * @param targetQuantile wanted share of unclipped updates
 * @param learningRate step of the logarithm of the norm
 * @param bitNoise standard deviation of the noise on the sum of bits of +-1/2
 */
public record ClippingTerms(
    double initialNorm, double targetQuantile, double learningRate, double bitNoise) {

  /**
   * How far the norm may go from where it started, as a factor each way. A {@code max_grad_norm}
   * that is wrong by more is an error to be corrected; without bounds the norm of a job whose
   * quantile is out of reach, because devices send nothing or drop out, would leave the range in
   * which weights are finite.
   */
  public static final double SPAN = 1000;

  public ClippingTerms {
    if (!(initialNorm > 0 && Double.isFinite(initialNorm * SPAN))) {
      throw new IllegalArgumentException(
          "max_grad_norm is "
              + initialNorm
              + "; it must be greater than 0, and finite times "
              + SPAN);
    }
    // The rest is checked there, once for all.
    forCohort(targetQuantile, learningRate, bitNoise, 1);
  }

  /**
   * The rule in a round.
   *
   * @param cohort public denominator
   */
  AdaptiveClipping forCohort(int cohort) {
    return forCohort(targetQuantile, learningRate, bitNoise, cohort);
  }

  private static AdaptiveClipping forCohort(
      double targetQuantile, double learningRate, double bitNoise, int cohort) {
    return new AdaptiveClipping(targetQuantile, learningRate, bitNoise, cohort);
  }

  /** The nearest norm within the bounds. */
  double bounded(double norm) {
    return Math.max(initialNorm / SPAN, Math.min(initialNorm * SPAN, norm));
  }
}
