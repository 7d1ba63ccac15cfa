package com.octomil.privacy.budget.domain;

import com.octomil.privacy.dp.accounting.Adjacency;
import java.math.BigDecimal;
import java.util.Objects;

/**
 * What the ledger enforces for a version: the total, and the round that the present configuration
 * runs.
 *
 * @param epsilon total budget, rounded down
 * @param delta 0 &lt; delta &lt; 1
 * @param noiseMultiplier &gt; 0; the mechanism runs with the nearest double, and so does the
 *     accountant
 * @param adjacency neighbouring relation
 */
public record GaussianBudget(
    Epsilon epsilon, BigDecimal delta, BigDecimal noiseMultiplier, Adjacency adjacency) {

  /** Refuses values for which the theorem says nothing. */
  public GaussianBudget {
    Objects.requireNonNull(epsilon, "epsilon");
    Objects.requireNonNull(adjacency, "adjacency");
    if (delta.signum() <= 0 || delta.compareTo(BigDecimal.ONE) >= 0) {
      throw new IllegalArgumentException("delta is " + delta + "; must be above 0 and below 1");
    }
    if (noiseMultiplier.signum() <= 0) {
      throw new IllegalArgumentException(
          "noise multiplier is " + noiseMultiplier + "; must be above 0");
    }
  }
}
