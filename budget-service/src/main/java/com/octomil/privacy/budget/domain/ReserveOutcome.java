package com.octomil.privacy.budget.domain;

import java.util.List;
import java.util.Optional;

/** Outcome of reserving a round. */
public sealed interface ReserveOutcome {

  /** The round may run; also the answer to a repeated request. */
  record Reserved(Reservation reservation) implements ReserveOutcome {}

  /**
   * The round would overspend.
   *
   * @param budget total budget of the version
   * @param spent what is spent, with unresolved reservations
   * @param required what this round would have brought that to
   * @param first whether no round of this configuration was refused before
   */
  record Exhausted(Epsilon budget, Epsilon spent, Epsilon required, boolean first)
      implements ReserveOutcome {}

  /**
   * Somebody is outside the regions that the federation is pinned to.
   *
   * @param regions the pins
   * @param who is outside, for a sentence
   * @param region where they are; empty: they have none
   */
  record RegionRefused(List<String> regions, String who, Optional<String> region)
      implements ReserveOutcome {

    /** Copies the list. */
    public RegionRefused {
      regions = List.copyOf(regions);
    }
  }

  /**
   * The compliance profile of the federation asks for something first.
   *
   * @param clause identifier of the clause that fails
   * @param message what is asked for
   */
  record ComplianceRefused(String clause, String message) implements ReserveOutcome {}

  /** There is no such federation, or it has no privacy configuration yet. */
  record FederationUnknown() implements ReserveOutcome {}

  /**
   * This attempt has been committed or released: it cannot begin again. A retried round takes a new
   * attempt.
   */
  record AttemptOver(Reservation reservation) implements ReserveOutcome {}
}
