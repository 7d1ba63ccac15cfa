package com.octomil.privacy.relay.domain;

import java.util.Objects;

/**
 * The pseudonym of a device in one round: 16 random bytes that nothing else in the system repeats.
 *
 * @param value 16 bytes
 */
public record ParticipantId(Bytes value) {

  /** Length in bytes. */
  public static final int BYTES = 16;

  /** Checks the length. */
  public ParticipantId {
    Objects.requireNonNull(value, "value").requireSize("participant_id", BYTES);
  }

  /** Reads a pseudonym from the wire. */
  public static ParticipantId of(byte[] value) {
    return new ParticipantId(Bytes.of(value));
  }
}
