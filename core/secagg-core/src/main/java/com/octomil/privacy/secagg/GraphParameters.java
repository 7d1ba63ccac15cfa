package com.octomil.privacy.secagg;

import com.octomil.privacy.secagg.internal.Checks;

/**
 * The neighbour graph of a round: every device shares its secrets with {@code degree} neighbours,
 * and {@code threshold} of them rebuild one.
 *
 * @param cohort number of devices n, 3 to 1,000,000
 * @param degree number of neighbours k: even, or n - 1 (complete graph)
 * @param threshold shares t needed to rebuild a secret, {@code 2 <= t <= k}
 */
public record GraphParameters(int cohort, int degree, int threshold) {
  /** Fewest devices whose sum hides anything from one of them. */
  public static final int MIN_COHORT = 3;

  /** Most devices in one graph; more are split into groups. */
  public static final int MAX_COHORT = 1_000_000;

  public GraphParameters {
    Checks.range("cohort", cohort, MIN_COHORT, MAX_COHORT);
    Checks.range("degree", degree, 2, cohort - 1);
    if (degree % 2 != 0 && degree != cohort - 1) {
      throw new IllegalArgumentException(
          "degree is " + degree + "; it must be even or " + (cohort - 1));
    }
    Checks.range("threshold", threshold, 2, degree);
  }

  /** Whether every device is a neighbour of every other. */
  public boolean isComplete() {
    return degree == cohort - 1;
  }
}
