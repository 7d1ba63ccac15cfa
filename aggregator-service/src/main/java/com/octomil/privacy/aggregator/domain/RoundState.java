package com.octomil.privacy.aggregator.domain;

import java.util.Locale;

/**
 * Life of one attempt at a round, in order; docs/data-model/aggregator.md draws it. Every step is
 * one conditional update, so of two drivers only one takes it.
 */
public enum RoundState {
  /** Known to us, budget not reserved for certain, no device asked. */
  RESERVING,
  /** Devices check in, advertise and share at the relay. */
  OPEN,
  /** Devices upload. */
  UPLOADING,
  /** The survivor set is fixed; survivors sign it and may reveal. */
  SIGNING,
  /** Signing is closed; survivors reveal. */
  REVEALING,
  /** Every needed secret was rebuilt; the sum is being unmasked. */
  UNMASKING,
  /** Aggregate and model are published; the reservation is not committed for certain. */
  PUBLISHED,
  COMMITTED,
  ABORTED;

  /** The name in JSON and in the database. */
  public String id() {
    return name().toLowerCase(Locale.ROOT);
  }

  public static RoundState of(String id) {
    return valueOf(id.toUpperCase(Locale.ROOT));
  }

  /** Whether the round has reached a result or was aborted. */
  public boolean over() {
    return published() || this == ABORTED;
  }

  public boolean published() {
    return this == PUBLISHED || this == COMMITTED;
  }

  /** Whether devices cannot upload yet. */
  public boolean beforeUpload() {
    return this == RESERVING || this == OPEN;
  }

  /** Whether the survivor set is fixed. */
  public boolean survivorsFixed() {
    return this != ABORTED && compareTo(SIGNING) >= 0;
  }

  /** Whether survivors may reveal shares. */
  public boolean acceptsReveals() {
    return this == SIGNING || this == REVEALING;
  }
}
