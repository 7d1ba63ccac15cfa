package com.octomil.privacy.relay.domain;

import java.util.BitSet;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The state of a session with what is known in it. */
public sealed interface SessionState {

  /** The phase that this state is of. */
  SessionPhase phase();

  /** Devices check in and, with secure aggregation, advertise keys. */
  record Advertising() implements SessionState {
    @Override
    public SessionPhase phase() {
      return SessionPhase.ADVERTISE;
    }
  }

  /** The roster is fixed and nobody knows the graph yet. */
  record RosterClosed(RosterSummary roster) implements SessionState {
    /** Checks presence. */
    public RosterClosed {
      Objects.requireNonNull(roster, "roster");
    }

    @Override
    public SessionPhase phase() {
      return SessionPhase.ROSTER_CLOSED;
    }
  }

  /** The graph is open and devices submit shares. */
  record Sharing(RosterSummary roster, Bytes graphNonce) implements SessionState {
    /** Checks the length of the nonce. */
    public Sharing {
      Objects.requireNonNull(roster, "roster");
      graphNonce.requireSize("graph_nonce", 32);
    }

    @Override
    public SessionPhase phase() {
      return SessionPhase.SHARE;
    }
  }

  /** It is fixed who shared, and shares can be fetched. */
  record Shared(RosterSummary roster, Bytes graphNonce, BitSet sharers) implements SessionState {
    /** Copies the set. */
    public Shared {
      Objects.requireNonNull(roster, "roster");
      graphNonce.requireSize("graph_nonce", 32);
      sharers = (BitSet) sharers.clone();
    }

    /** Roster indices of those who shared; a copy. */
    @Override
    public BitSet sharers() {
      return (BitSet) sharers.clone();
    }

    /** Whether the device with this roster index shared. */
    public boolean shared(int index) {
      return sharers.get(index);
    }

    @Override
    public SessionPhase phase() {
      return SessionPhase.SHARED;
    }
  }

  /** Without secure aggregation: it is fixed who takes part. */
  record Admitted() implements SessionState {
    @Override
    public SessionPhase phase() {
      return SessionPhase.SHARED;
    }
  }

  /** The round was published. */
  record Closed(@Nullable RosterSummary roster) implements SessionState {
    @Override
    public SessionPhase phase() {
      return SessionPhase.CLOSED;
    }
  }

  /**
   * The round ended without a result.
   *
   * @param expired true if nobody ended a session whose participants were fixed, so that its
   *     outcome is not known here
   */
  record Aborted(@Nullable RosterSummary roster, Abort abort, boolean expired)
      implements SessionState {
    /** Checks presence. */
    public Aborted {
      Objects.requireNonNull(abort, "abort");
    }

    @Override
    public SessionPhase phase() {
      return SessionPhase.ABORTED;
    }
  }

  /** The roster once it is closed, in whatever state. */
  default @Nullable RosterSummary rosterOrNull() {
    return switch (this) {
      case Advertising() -> null;
      case RosterClosed(RosterSummary roster) -> roster;
      case Sharing(RosterSummary roster, Bytes _) -> roster;
      case Shared(RosterSummary roster, Bytes _, BitSet _) -> roster;
      case Admitted() -> null;
      case Closed(RosterSummary roster) -> roster;
      case Aborted(RosterSummary roster, Abort _, boolean _) -> roster;
    };
  }
}
