package com.octomil.privacy.aggregator.domain;

import com.octomil.privacy.dp.mechanism.RoundedGaussian;
import java.util.Optional;

/**
 * What a round released of its clipping bits, and what follows from it by post-processing.
 *
 * @param terms of the round
 * @param cohort public denominator; never a count of what really happened
 * @param sum of +1 for each update within the norm and -1 for each other one, with noise
 */
public record ClippingBits(ClippingTerms terms, int cohort, long sum) {

  /**
   * Adds round(N(0, (2 s)^2)) to the exact sum, before anything else sees it. The sum is one of
   * integers, so this is the continuous mechanism, rounded.
   */
  public static ClippingBits release(ClippingTerms terms, int cohort, long exact) {
    long[] sum = {exact};
    RoundedGaussian.of(2 * terms.bitNoise()).addTo(sum);
    return new ClippingBits(terms, cohort, sum[0]);
  }

  /** The share of updates that were within the norm, as far as the noise lets it be seen. */
  public double unclippedShare() {
    return terms.forCohort(cohort).share(sum);
  }

  /**
   * The norm of the job's next round; the same bits on every machine.
   *
   * @param before stored with the version that the round trained on
   */
  public ClippingNorm next(Optional<ClippingNorm> before, JobId job) {
    ClippingNorm current = ClippingNorm.current(before, job, terms);
    double next = terms.forCohort(cohort).next(current.value(), sum);
    return new ClippingNorm(job, current.initial(), terms.bounded(next));
  }
}
