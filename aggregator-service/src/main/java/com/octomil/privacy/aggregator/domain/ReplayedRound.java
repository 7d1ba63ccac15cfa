package com.octomil.privacy.aggregator.domain;

import java.util.Optional;

/**
 * How a published round changed its model, to be done again: FedAvg adds {@code serverLearningRate}
 * times the average to the weights.
 *
 * @param aggregate the released sum, int64 little-endian; empty: its retention is over
 * @param denominator what the sum was divided by
 */
public record ReplayedRound(
    RoundId id,
    int number,
    Optional<byte[]> aggregate,
    double gridStep,
    double denominator,
    double serverLearningRate) {

  /**
   * The weights after the round; the same arithmetic as when it was published, so the same bits.
   *
   * @throws IllegalStateException if the sum is not there any more
   */
  public float[] apply(float[] weights) {
    return Release.ofOctets(
            aggregate.orElseThrow(() -> new IllegalStateException("the sum has been erased")))
        .apply(weights, gridStep, denominator, serverLearningRate);
  }
}
