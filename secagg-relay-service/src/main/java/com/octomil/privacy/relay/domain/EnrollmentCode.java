package com.octomil.privacy.relay.domain;

import java.time.Instant;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A one-time enrolment code as the relay keeps it.
 *
 * @param hash SHA-256 of the code
 * @param deviceId identifier that the device will have
 * @param region region that the operator bound the code to, or null
 * @param usedAt null while the code has not been used
 */
public record EnrollmentCode(
    Bytes hash,
    UUID deviceId,
    FederationName federation,
    @Nullable Region region,
    Instant createdAt,
    Instant expiresAt,
    @Nullable Instant usedAt) {

  /** What every code begins with. */
  public static final String PREFIX = "oec_";

  /** Random bytes in a code. */
  public static final int RANDOM_BYTES = 32;

  /** Checks presence. */
  public EnrollmentCode {
    hash.requireSize("code_hash", 32);
    Objects.requireNonNull(deviceId, "deviceId");
    Objects.requireNonNull(federation, "federation");
    Objects.requireNonNull(createdAt, "createdAt");
    Objects.requireNonNull(expiresAt, "expiresAt");
  }

  @Override
  public String toString() {
    return "EnrollmentCode[" + federation + "]";
  }
}
