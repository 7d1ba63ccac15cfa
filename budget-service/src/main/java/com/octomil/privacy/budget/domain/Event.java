package com.octomil.privacy.budget.domain;

import com.octomil.privacy.budget.domain.ConfiguredVersion.Change;
import java.util.Collections;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Something that happened, for the record. It is written in the transaction that makes it happen.
 *
 * @param kind what
 * @param federation where; empty: it concerns the whole deployment
 * @param version of the federation; empty: it concerns none in particular
 * @param change who caused it, and when
 * @param details further facts by name, all safe to show to an auditor
 */
public record Event(
    EventKind kind,
    Optional<FederationName> federation,
    Optional<Integer> version,
    Change change,
    Map<String, String> details) {

  /** Actor of what the aggregator's calls bring about. */
  public static final String AGGREGATOR = "aggregator";

  /** Copies the details. */
  public Event {
    Objects.requireNonNull(kind, "kind");
    Objects.requireNonNull(federation, "federation");
    Objects.requireNonNull(version, "version");
    Objects.requireNonNull(change, "change");
    details = Collections.unmodifiableSortedMap(new TreeMap<>(details));
  }

  /** An event of a version. */
  public static Event of(
      EventKind kind,
      FederationName federation,
      int version,
      Change change,
      Map<String, String> details) {
    return new Event(kind, Optional.of(federation), Optional.of(version), change, details);
  }
}
