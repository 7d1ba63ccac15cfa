package com.octomil.privacy.dp.accounting;

import com.octomil.privacy.dp.internal.Checks;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A non-adaptive sequence of rounds under one adjacency; the order does not matter.
 *
 * @param rounds how often each kind of round is run
 */
public record Composition(Map<PrivacyEvent, Long> rounds, Adjacency adjacency) {
  public Composition {
    Map<PrivacyEvent, Long> copy = new LinkedHashMap<>();
    rounds.forEach((event, count) -> {
      if (Checks.count("rounds", count) > 0) {
        copy.merge(event, Checks.within("rounds", count, 0, 1L << 40), Math::addExact);
      }
    });
    rounds = java.util.Collections.unmodifiableMap(copy);
  }

  /** Equal rounds. */
  public static Composition of(PrivacyEvent event, long rounds, Adjacency adjacency) {
    return new Composition(Map.of(event, rounds), adjacency);
  }

  /** Nothing run yet. */
  public static Composition empty(Adjacency adjacency) {
    return new Composition(Map.of(), adjacency);
  }

  /** These rounds and {@code count} more. */
  public Composition plus(PrivacyEvent event, long count) {
    Map<PrivacyEvent, Long> all = new LinkedHashMap<>(rounds);
    all.merge(event, count, Math::addExact);
    return new Composition(all, adjacency);
  }

  /** Number of rounds. */
  public long size() {
    return rounds.values().stream().mapToLong(Long::longValue).sum();
  }
}
