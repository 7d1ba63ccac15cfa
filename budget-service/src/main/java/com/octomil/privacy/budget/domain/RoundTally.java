package com.octomil.privacy.budget.domain;

import java.math.BigDecimal;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * How many rounds of which kind ran. Order does not matter to the accountants, so this is all they
 * need of a history.
 *
 * @param byKind rounds with noise, by kind
 * @param unprotected rounds that ran without differential privacy
 */
public record RoundTally(Map<RoundKind, Long> byKind, long unprotected) {

  /** No rounds. */
  public static final RoundTally EMPTY = new RoundTally(Map.of(), 0);

  /** Copies the counts and refuses those that are not positive. */
  public RoundTally {
    if (unprotected < 0) {
      throw new IllegalArgumentException(
          "unprotected rounds: " + unprotected + "; must not be negative");
    }
    byKind.forEach((kind, rounds) -> {
      if (rounds <= 0) {
        throw new IllegalArgumentException(
            "rounds of " + kind + ": " + rounds + "; must be above 0");
      }
    });
    byKind = Collections.unmodifiableSortedMap(new TreeMap<>(byKind));
  }

  /** This history and {@code rounds} more of the given kind; {@code rounds} may be zero. */
  public RoundTally plus(RoundKind kind, long rounds) {
    if (rounds == 0) {
      return this;
    }
    TreeMap<RoundKind, Long> more = new TreeMap<>(byKind);
    more.merge(kind, rounds, Math::addExact);
    return new RoundTally(more, unprotected);
  }

  /** This history and {@code rounds} more without sampling. */
  public RoundTally plus(BigDecimal noiseMultiplier, long rounds) {
    return plus(RoundKind.unsampled(noiseMultiplier), rounds);
  }

  /** This history and one more round that ran without differential privacy. */
  public RoundTally plusUnprotected() {
    return new RoundTally(byKind, unprotected + 1);
  }

  /** Rounds that ran with noise. */
  public long withNoise() {
    return byKind.values().stream().mapToLong(Long::longValue).sum();
  }

  /** All rounds. */
  public long rounds() {
    return withNoise() + unprotected;
  }
}
