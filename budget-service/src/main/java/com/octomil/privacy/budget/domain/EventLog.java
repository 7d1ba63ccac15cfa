package com.octomil.privacy.budget.domain;

import java.util.List;
import java.util.Optional;

/** Where events are kept; they are never altered or removed. */
public interface EventLog {

  /**
   * Events, oldest first.
   *
   * @param federation only of this federation; empty: of all, and those that concern none
   * @param kind only of this kind; empty: all
   * @param after sequence number of the last one already seen; 0 for the first page. Nothing ever
   *     appears before it later on.
   * @param limit at most so many
   */
  List<EventRecord> page(
      Optional<FederationName> federation, Optional<EventKind> kind, long after, int limit);
}
