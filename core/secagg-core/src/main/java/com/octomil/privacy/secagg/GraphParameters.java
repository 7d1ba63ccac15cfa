package com.octomil.privacy.secagg;

import com.octomil.privacy.secagg.internal.Checks;

/**
 * The neighbour graph of a round: every device shares its secrets with {@code degree} neighbours,
 * and {@code threshold} of them rebuild one. A cohort may be split into groups of nearly equal
 * size, each with a graph of its own.
 *
 * @param cohort number of devices n, 3 to 1,000,000
 * @param degree number of neighbours k: even, or m - 1 with m devices in the largest group (each
 *     group is a complete graph)
 * @param threshold shares t needed to rebuild a secret, {@code 2 <= t <= k}; in groups of unequal
 *     size at most the neighbours that a device of a smaller one has
 * @param groups number of groups, each of at least 3 devices; 1: the cohort is not split
 */
public record GraphParameters(int cohort, int degree, int threshold, int groups) {
  /** Fewest devices whose sum hides anything from one of them. */
  public static final int MIN_COHORT = 3;

  /** Most devices in one round. */
  public static final int MAX_COHORT = 1_000_000;

  public GraphParameters {
    Checks.range("cohort", cohort, MIN_COHORT, MAX_COHORT);
    Checks.range("groups", groups, 1, cohort / MIN_COHORT);
    int largest = largest(cohort, groups);
    Checks.range("degree", degree, 2, largest - 1);
    if (degree % 2 != 0 && degree != largest - 1) {
      throw new IllegalArgumentException(
          "degree is " + degree + "; it must be even or " + (largest - 1));
    }
    Checks.range("threshold", threshold, 2, Math.min(degree, cohort / groups - 1));
  }

  /** The graph of a cohort that is not split. */
  public GraphParameters(int cohort, int degree, int threshold) {
    this(cohort, degree, threshold, 1);
  }

  /** Whether every device is a neighbour of every other in its group. */
  public boolean isComplete() {
    return degree == largestGroup() - 1;
  }

  /** Devices in the largest group. */
  public int largestGroup() {
    return largest(cohort, groups);
  }

  /** Devices in the smallest group: those of the largest, or one fewer. */
  public int smallestGroup() {
    return cohort / groups;
  }

  private static int largest(int cohort, int groups) {
    return -Math.floorDiv(-cohort, groups);
  }
}
