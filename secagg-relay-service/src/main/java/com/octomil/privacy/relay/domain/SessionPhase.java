package com.octomil.privacy.relay.domain;

/** Where a session is. */
public enum SessionPhase {
  /** Devices check in and advertise keys. */
  ADVERTISE,
  /** The roster is fixed; the graph nonce is awaited. */
  ROSTER_CLOSED,
  /** Devices submit encrypted shares. */
  SHARE,
  /** Shares, or without secure aggregation the participants, are fixed. */
  SHARED,
  /** Ended by the aggregator after the round. */
  CLOSED,
  /** Ended without a result. */
  ABORTED;

  /** Whether nothing more can happen. */
  public boolean isOver() {
    return this == CLOSED || this == ABORTED;
  }
}
