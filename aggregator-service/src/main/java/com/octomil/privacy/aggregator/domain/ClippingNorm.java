package com.octomil.privacy.aggregator.domain;

import java.util.Optional;

/**
 * The clipping norm that the rounds of a job have come to. It belongs to a model version, as {@link
 * Moments} do.
 *
 * @param job another job on the model begins anew
 * @param initial {@code max_grad_norm} that it started from; another one begins anew
 * @param value the norm of the next round
 */
public record ClippingNorm(JobId job, double initial, double value) {

  /**
   * The norm that a round of {@code job} uses.
   *
   * @param stored with the version that the round trains on
   */
  public static ClippingNorm current(
      Optional<ClippingNorm> stored, JobId job, ClippingTerms terms) {
    return stored
        .filter(known -> known.job().equals(job) && known.initial() == terms.initialNorm())
        .orElseGet(() -> new ClippingNorm(job, terms.initialNorm(), terms.initialNorm()));
  }

  /** Whether it can go no farther. */
  public boolean atBound(ClippingTerms terms) {
    return value == terms.bounded(0) || value == terms.bounded(Double.MAX_VALUE);
  }
}
