package com.octomil.privacy.relay.domain;

import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The device behind a token, and how long the token lasts. */
public record TokenHolder(
    UUID deviceId,
    FederationName federation,
    @Nullable Region region,
    boolean revoked,
    Instant expiresAt) {

  /** Names only the federation: identifiers do not belong in a log. */
  @Override
  public String toString() {
    return "TokenHolder[" + federation + "]";
  }
}
