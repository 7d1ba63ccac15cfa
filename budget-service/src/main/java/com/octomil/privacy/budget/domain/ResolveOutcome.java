package com.octomil.privacy.budget.domain;

import java.util.List;

/** Outcome of committing or releasing a reservation. */
public sealed interface ResolveOutcome {

  /**
   * Done, now or by an earlier identical request.
   *
   * @param spent epsilon spent in the version of the reservation
   * @param spikes what is out of the ordinary about a round that this call committed
   */
  record Resolved(Epsilon spent, List<Spike> spikes) implements ResolveOutcome {
    /** Copies the spikes. */
    public Resolved {
      spikes = List.copyOf(spikes);
    }
  }

  /** There is no such reservation. */
  record Unknown() implements ResolveOutcome {}

  /** It was resolved the other way before. */
  record AlreadyOtherwise(Reservation.State state) implements ResolveOutcome {}
}
