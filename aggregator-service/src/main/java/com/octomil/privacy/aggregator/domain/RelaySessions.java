package com.octomil.privacy.aggregator.domain;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** The relay, as far as rounds need it. Every call is idempotent. Thread-safe. */
public interface RelaySessions {

  /** Phase of a session. */
  enum Phase {
    ADVERTISE,
    ROSTER_CLOSED,
    SHARE,
    SHARED,
    CLOSED,
    ABORTED
  }

  /**
   * State of a session.
   *
   * @param rosterRoot present from ROSTER_CLOSED on, with secure aggregation
   * @param abort present when ABORTED
   */
  record Session(
      Phase phase,
      int checkedIn,
      int degree,
      int threshold,
      Optional<Octets> rosterRoot,
      Optional<Abort> abort) {}

  /** Canonical octets of the terms: what devices hash and what opens a session. */
  Octets serialize(RoundTerms terms);

  /**
   * Opens check-in.
   *
   * @return Ed25519 key that verifies tickets
   */
  Octets open(Octets parameters);

  /**
   * Waits while the phase is {@code known}, at most {@code wait}; with an empty {@code known} it
   * answers at once.
   */
  Session await(RoundId round, Optional<Phase> known, Duration wait);

  /** Starts the share step. */
  void openGraph(RoundId round, Octets nonce);

  /** The closed roster and who shared, by rising index. */
  List<Participant> participants(RoundId round);

  /**
   * Why survivors may not be summed, if so: they are nearly those of an earlier sum over the same
   * model.
   *
   * @param survivors bitmap over the roster
   * @param commit the sum is about to be unmasked
   */
  Optional<Abort> differencing(RoundId round, Octets survivors, boolean commit);

  /**
   * Ends a session; {@code abort} is empty for a published round. A session that the relay never
   * knew is ended too.
   */
  void close(RoundId round, Optional<Abort> abort);
}
