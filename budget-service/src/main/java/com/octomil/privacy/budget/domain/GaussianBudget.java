package com.octomil.privacy.budget.domain;

import com.octomil.privacy.dp.accounting.Adjacency;
import java.math.BigDecimal;
import java.util.Objects;
import java.util.Optional;

/**
 * What the ledger enforces for a version: the total, and the round that the present configuration
 * runs.
 *
 * @param epsilon total budget, rounded down
 * @param delta 0 &lt; delta &lt; 1
 * @param noiseMultiplier &gt; 0; the mechanism runs with the nearest double, and so does the
 *     accountant
 * @param adjacency neighbouring relation
 * @param samplingRate with which the coordinator samples devices if it says that it does; empty: it
 *     does not
 * @param distributedBits as in {@link RoundKind}
 */
public record GaussianBudget(
    Epsilon epsilon,
    BigDecimal delta,
    BigDecimal noiseMultiplier,
    Adjacency adjacency,
    Optional<BigDecimal> samplingRate,
    Optional<Integer> distributedBits) {

  /** Refuses values for which the theorem says nothing. */
  public GaussianBudget {
    Objects.requireNonNull(epsilon, "epsilon");
    Objects.requireNonNull(adjacency, "adjacency");
    if (delta.signum() <= 0 || delta.compareTo(BigDecimal.ONE) >= 0) {
      throw new IllegalArgumentException("delta is " + delta + "; must be above 0 and below 1");
    }
    RoundKind.require(noiseMultiplier, samplingRate);
  }

  /** Terms of a configuration that does not sample. */
  public GaussianBudget(
      Epsilon epsilon, BigDecimal delta, BigDecimal noiseMultiplier, Adjacency adjacency) {
    this(epsilon, delta, noiseMultiplier, adjacency, Optional.empty());
  }

  /** Terms of a configuration whose noise the aggregator adds. */
  public GaussianBudget(
      Epsilon epsilon,
      BigDecimal delta,
      BigDecimal noiseMultiplier,
      Adjacency adjacency,
      Optional<BigDecimal> samplingRate) {
    this(epsilon, delta, noiseMultiplier, adjacency, samplingRate, Optional.empty());
  }

  /** The round that the present configuration runs. */
  public RoundKind round() {
    return new RoundKind(noiseMultiplier, samplingRate, distributedBits);
  }

  /**
   * The round that runs and is charged.
   *
   * @param sampled whether the coordinator really samples as configured; otherwise every device may
   *     take part, and nothing is amplified
   */
  public RoundKind round(boolean sampled) {
    return sampled ? round() : new RoundKind(noiseMultiplier, Optional.empty(), distributedBits);
  }
}
