package com.octomil.privacy.relay.domain;

import java.time.Instant;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * An enrolled device.
 *
 * @param publicKey its Ed25519 key, unique in the federation
 * @param revokedAt null unless an operator revoked it
 */
public record Device(
    UUID id,
    FederationName federation,
    @Nullable Region region,
    Bytes publicKey,
    Certificate certificate,
    Instant enrolledAt,
    @Nullable Instant revokedAt) {

  /** Checks presence. */
  public Device {
    Objects.requireNonNull(id, "id");
    Objects.requireNonNull(federation, "federation");
    publicKey.requireSize("device_public_key", 32);
    Objects.requireNonNull(certificate, "certificate");
    Objects.requireNonNull(enrolledAt, "enrolledAt");
  }

  /** Names only the federation: identifiers do not belong in a log. */
  @Override
  public String toString() {
    return "Device[" + federation + "]";
  }
}
