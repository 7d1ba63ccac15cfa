package com.octomil.privacy.aggregator.domain;

import java.util.Optional;

/**
 * How a published round changed its model, to be done again.
 *
 * @param aggregate the released sum, int64 little-endian; empty: its retention is over
 * @param denominator what the sum was divided by
 * @param bits released clipping bits; empty: the round had a fixed norm
 */
public record ReplayedRound(
    RoundId id,
    JobId job,
    int number,
    Optional<byte[]> aggregate,
    double gridStep,
    double denominator,
    Algorithm algorithm,
    double serverLearningRate,
    Optional<ClippingBits> bits) {

  /**
   * The state after the round; the same arithmetic as when it was published, so the same bits.
   *
   * @throws IllegalStateException if the sum is not there any more
   */
  public ServerState apply(ServerState before) {
    double[] average =
        Release.ofOctets(
                aggregate.orElseThrow(() -> new IllegalStateException("the sum has been erased")))
            .average(gridStep, denominator);
    return before.after(average, bits, job, algorithm, serverLearningRate);
  }
}
