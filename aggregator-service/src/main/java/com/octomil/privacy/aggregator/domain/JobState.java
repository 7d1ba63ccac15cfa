package com.octomil.privacy.aggregator.domain;

import java.util.Locale;

/** Life of a training job; docs/data-model/aggregator.md draws it. */
public enum JobState {
  /** Accepted, no driver has taken it up yet. */
  PENDING,
  /** A driver runs its rounds. */
  RUNNING,
  /** Stopped by the operator, or with a reason that the operator can mend. */
  PAUSED,
  COMPLETED,
  /** Cannot go on. */
  FAILED,
  CANCELLED;

  /** The name in JSON and in the database. */
  public String id() {
    return name().toLowerCase(Locale.ROOT);
  }

  public static JobState of(String id) {
    return valueOf(id.toUpperCase(Locale.ROOT));
  }

  /** Whether a driver may work on it. At most one job of a federation is active. */
  public boolean active() {
    return this == PENDING || this == RUNNING;
  }

  /** Whether nothing can change any more. */
  public boolean terminal() {
    return this == COMPLETED || this == FAILED || this == CANCELLED;
  }
}
