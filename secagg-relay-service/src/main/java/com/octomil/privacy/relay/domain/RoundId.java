package com.octomil.privacy.relay.domain;

import java.util.Objects;

/**
 * A round, chosen at random by the aggregator and never reused.
 *
 * @param value 16 bytes
 */
public record RoundId(Bytes value) {

  /** Length in bytes. */
  public static final int BYTES = 16;

  /** Checks the length. */
  public RoundId {
    Objects.requireNonNull(value, "value").requireSize("round_id", BYTES);
  }

  /** Reads an identifier from the wire. */
  public static RoundId of(byte[] value) {
    return new RoundId(Bytes.of(value));
  }

  /** Hexadecimal; a round is no secret. */
  @Override
  public String toString() {
    return value.hex();
  }
}
