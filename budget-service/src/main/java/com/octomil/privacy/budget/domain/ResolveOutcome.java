package com.octomil.privacy.budget.domain;

/** Outcome of committing or releasing a reservation. */
public sealed interface ResolveOutcome {

  /**
   * Done, now or by an earlier identical request.
   *
   * @param spent epsilon spent in the version of the reservation
   */
  record Resolved(Epsilon spent) implements ResolveOutcome {}

  /** There is no such reservation. */
  record Unknown() implements ResolveOutcome {}

  /** It was resolved the other way before. */
  record AlreadyOtherwise(Reservation.State state) implements ResolveOutcome {}
}
