package com.octomil.privacy.budget.domain;

import java.util.HexFormat;

/**
 * Names a round and its attempt: with the federation, the idempotency key of a reservation.
 *
 * @param roundId lower-case hexadecimal, 1 to 64 bytes
 * @param attempt from 1
 */
public record RoundAttempt(String roundId, int attempt) {

  private static final int MAX_BYTES = 64;

  /** Refuses identifiers that are not lower-case hexadecimal and attempts below 1. */
  public RoundAttempt {
    byte[] bytes = HexFormat.of().parseHex(roundId);
    if (bytes.length == 0 || bytes.length > MAX_BYTES) {
      throw new IllegalArgumentException(
          "round id has " + bytes.length + " bytes; must have 1 to " + MAX_BYTES);
    }
    if (!HexFormat.of().formatHex(bytes).equals(roundId)) {
      throw new IllegalArgumentException(
          "round id must be lower-case hexadecimal: '" + roundId + "'");
    }
    if (attempt < 1) {
      throw new IllegalArgumentException("attempt is " + attempt + "; must be at least 1");
    }
  }

  /** The identifier as bytes. */
  public byte[] roundIdBytes() {
    return HexFormat.of().parseHex(roundId);
  }
}
