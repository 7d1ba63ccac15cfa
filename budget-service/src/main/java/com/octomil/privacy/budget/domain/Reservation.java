package com.octomil.privacy.budget.domain;

import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;

/**
 * The worst case of one round, taken out of the budget before the round begins.
 *
 * @param id identifier
 * @param federation whose budget
 * @param version which version of it
 * @param configuration number of the configuration, within the version, that the round must run
 *     with
 * @param round the round and its attempt
 * @param kind noise and sampling of the round as it is charged; empty: the round runs without
 *     differential privacy
 * @param epsilonAfter what is spent if this and all earlier reservations are committed
 * @param reservedAt when it was made
 * @param state what became of it
 */
public record Reservation(
    UUID id,
    FederationName federation,
    int version,
    int configuration,
    RoundAttempt round,
    Optional<RoundKind> kind,
    Epsilon epsilonAfter,
    Instant reservedAt,
    State state) {

  /** Refuses nulls. */
  public Reservation {
    Objects.requireNonNull(id, "id");
    Objects.requireNonNull(federation, "federation");
    Objects.requireNonNull(round, "round");
    Objects.requireNonNull(kind, "kind");
    Objects.requireNonNull(epsilonAfter, "epsilonAfter");
    Objects.requireNonNull(reservedAt, "reservedAt");
    Objects.requireNonNull(state, "state");
  }

  /** What became of a reservation. Only {@link Reserved} ever changes. */
  public sealed interface State {}

  /** Unresolved. Counts as spent for as long as it stays so; time alone never resolves it. */
  public record Reserved() implements State {}

  /**
   * The round ran.
   *
   * @param cohort devices on its roster, for the record
   * @param survivors devices in its sum, for the record
   * @param epsilonSpent what was spent in the version right after it
   * @param epsilonAdded what it added to that
   * @param at when it was committed
   */
  public record Committed(
      int cohort, int survivors, Epsilon epsilonSpent, Epsilon epsilonAdded, Instant at)
      implements State {}

  /**
   * The round was given up before anything of it was revealed.
   *
   * @param reason name of the abort reason
   * @param detail one sentence
   * @param at when it was released
   */
  public record Released(String reason, String detail, Instant at) implements State {}
}
