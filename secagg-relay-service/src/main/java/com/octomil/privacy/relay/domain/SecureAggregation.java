package com.octomil.privacy.relay.domain;

import com.octomil.privacy.secagg.CohortAssumptions;
import com.octomil.privacy.secagg.Grouping;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a round with secure aggregation is built to withstand.
 *
 * @param assumptions adversary, fractions and security levels
 * @param reconstructionThreshold fraction of a neighbourhood that must survive, 0 to 1; only ever
 *     raises the computed threshold
 * @param graphNonceCommitment 32 bytes; commits the aggregator to the graph before any key exists
 * @param grouping null: all devices are in one graph
 */
public record SecureAggregation(
    CohortAssumptions assumptions,
    double reconstructionThreshold,
    Bytes graphNonceCommitment,
    @Nullable Grouping grouping) {

  /** Checks the ranges. */
  public SecureAggregation {
    Objects.requireNonNull(assumptions, "assumptions");
    if (!(reconstructionThreshold >= 0 && reconstructionThreshold <= 1)) {
      throw RefusedException.outOfRange(
          "round_parameters.secure_aggregation.reconstruction_threshold",
          Double.toString(reconstructionThreshold),
          "must be from 0 to 1");
    }
    graphNonceCommitment.requireSize(
        "round_parameters.secure_aggregation.graph_nonce_commitment", 32);
  }

  /** Groups that a roster is split into. */
  public int groups(int rosterSize) {
    return grouping == null ? 1 : grouping.groups(rosterSize);
  }
}
