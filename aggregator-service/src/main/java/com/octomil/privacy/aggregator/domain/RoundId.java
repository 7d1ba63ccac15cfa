package com.octomil.privacy.aggregator.domain;

import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.UUID;

/** Identifier of one attempt at a round: 16 random octets, never reused. */
public record RoundId(UUID value) {
  /** Length in octets. */
  public static final int BYTES = 16;

  /**
   * Reads 16 octets.
   *
   * @throws IllegalArgumentException if there are fewer or more
   */
  public static RoundId of(byte[] octets) {
    if (octets.length != BYTES) {
      throw new IllegalArgumentException(
          "round id has " + octets.length + " octets; it must have " + BYTES);
    }
    ByteBuffer buffer = ByteBuffer.wrap(octets);
    return new RoundId(new UUID(buffer.getLong(), buffer.getLong()));
  }

  public static RoundId random(SecureRandom random) {
    byte[] octets = new byte[BYTES];
    random.nextBytes(octets);
    return of(octets);
  }

  public byte[] toArray() {
    return ByteBuffer.allocate(BYTES)
        .putLong(value.getMostSignificantBits())
        .putLong(value.getLeastSignificantBits())
        .array();
  }

  /** Lower-case hexadecimal. */
  public String hex() {
    return HexFormat.of().formatHex(toArray());
  }
}
