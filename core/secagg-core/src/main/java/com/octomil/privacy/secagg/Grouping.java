package com.octomil.privacy.secagg;

import com.octomil.privacy.secagg.internal.Checks;

/**
 * How a large cohort is split. Each group has a neighbour graph of its own and is unmasked on its
 * own, so that a group that falls below its thresholds takes no other one with it. Whoever unmasks
 * sees the sum of each group: its minimum of survivors is the promise that devices rely on.
 *
 * @param maxGroupSize most devices in a group, 5 to 1,000,000
 * @param minGroupSurvivors a group with fewer survivors is left out of the sum; at least 3, and at
 *     most half of {@code maxGroupSize}, rounded up, since groups can be that small
 */
public record Grouping(int maxGroupSize, int minGroupSurvivors) {
  /** Smallest limit that leaves enough devices in each group of a cohort just beyond it. */
  public static final int LEAST_MAX_GROUP_SIZE = 2 * GraphParameters.MIN_COHORT - 1;

  public Grouping {
    Checks.range("max_group_size", maxGroupSize, LEAST_MAX_GROUP_SIZE, GraphParameters.MAX_COHORT);
    Checks.range(
        "min_group_survivors",
        minGroupSurvivors,
        GraphParameters.MIN_COHORT,
        (maxGroupSize + 1) / 2);
  }

  /** As few groups as hold all devices of a cohort; they differ by at most one device. */
  public int groups(int cohort) {
    return (int) (((long) cohort + maxGroupSize - 1) / maxGroupSize);
  }
}
