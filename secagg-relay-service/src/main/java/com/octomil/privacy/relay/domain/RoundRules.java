package com.octomil.privacy.relay.domain;

import com.octomil.privacy.secagg.GraphParameters;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The part of the round parameters that the relay enforces.
 *
 * @param roundId the round
 * @param federation whose devices may take part
 * @param targetCohort number of devices at which check-in closes
 * @param minSurvivors fewer devices than this end the round
 * @param deadlines end of each step
 * @param regions regions whose devices may take part; empty: any
 * @param secureAggregation null: clear updates over TLS; there is only a check-in
 */
public record RoundRules(
    RoundId roundId,
    FederationName federation,
    int targetCohort,
    int minSurvivors,
    Deadlines deadlines,
    Set<Region> regions,
    @Nullable SecureAggregation secureAggregation) {

  /** Most devices in one session. */
  public static final int MAX_COHORT = GraphParameters.MAX_COHORT;

  private static final int MAX_REGIONS = 64;

  /** Checks the ranges and the order of the deadlines. */
  public RoundRules {
    Objects.requireNonNull(roundId, "roundId");
    Objects.requireNonNull(federation, "federation");
    Objects.requireNonNull(deadlines, "deadlines");
    regions = Set.copyOf(regions);
    int least = secureAggregation == null ? 1 : GraphParameters.MIN_COHORT;
    if (targetCohort < least || targetCohort > MAX_COHORT) {
      throw RefusedException.outOfRange(
          "round_parameters.target_cohort",
          Integer.toUnsignedString(targetCohort),
          "must be from " + least + " to " + MAX_COHORT);
    }
    if (minSurvivors < 1 || minSurvivors > targetCohort) {
      throw RefusedException.outOfRange(
          "round_parameters.min_survivors",
          Integer.toUnsignedString(minSurvivors),
          "must be from 1 to the target cohort of " + targetCohort);
    }
    if (regions.size() > MAX_REGIONS) {
      throw RefusedException.outOfRange(
          "round_parameters.regions",
          regions.size() + " regions",
          "must be at most " + MAX_REGIONS);
    }
    if (secureAggregation != null) {
      deadlines.requireRising();
    }
  }

  /** Fewest devices with which the round goes on. */
  public int minimum() {
    return secureAggregation == null
        ? minSurvivors
        : Math.max(minSurvivors, GraphParameters.MIN_COHORT);
  }

  /** Whether devices of {@code region} (null: of no stated region) may take part. */
  public boolean admits(@Nullable Region region) {
    return regions.isEmpty() || (region != null && regions.contains(region));
  }
}
