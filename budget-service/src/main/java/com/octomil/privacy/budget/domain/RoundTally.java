package com.octomil.privacy.budget.domain;

import java.math.BigDecimal;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * How many rounds ran with which noise. Order does not matter to the accountant, so this is all it
 * needs of a history.
 *
 * @param byNoiseMultiplier rounds by noise multiplier, by value (1.1 and 1.10 are one)
 * @param unprotected rounds that ran without differential privacy
 */
public record RoundTally(Map<BigDecimal, Long> byNoiseMultiplier, long unprotected) {

  /** No rounds. */
  public static final RoundTally EMPTY = new RoundTally(Map.of(), 0);

  /** Merges equal multipliers and refuses counts that are not positive. */
  public RoundTally {
    if (unprotected < 0) {
      throw new IllegalArgumentException(
          "unprotected rounds: " + unprotected + "; must not be negative");
    }
    // A TreeMap compares by value where equals() would tell 1.1 and 1.10 apart.
    TreeMap<BigDecimal, Long> merged = new TreeMap<>();
    byNoiseMultiplier.forEach((noise, rounds) -> {
      if (rounds <= 0) {
        throw new IllegalArgumentException(
            "rounds with noise multiplier " + noise + ": " + rounds + "; must be above 0");
      }
      merged.merge(noise, rounds, Math::addExact);
    });
    byNoiseMultiplier = Collections.unmodifiableSortedMap(merged);
  }

  /** This history and {@code rounds} more with the given noise; {@code rounds} may be zero. */
  public RoundTally plus(BigDecimal noiseMultiplier, long rounds) {
    if (rounds == 0) {
      return this;
    }
    TreeMap<BigDecimal, Long> more = new TreeMap<>(byNoiseMultiplier);
    more.merge(noiseMultiplier, rounds, Math::addExact);
    return new RoundTally(more, unprotected);
  }

  /** Rounds that ran with noise. */
  public long withNoise() {
    return byNoiseMultiplier.values().stream().mapToLong(Long::longValue).sum();
  }

  /** All rounds. */
  public long rounds() {
    return withNoise() + unprotected;
  }
}
