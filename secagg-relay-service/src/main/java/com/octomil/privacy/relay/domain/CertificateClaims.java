package com.octomil.privacy.relay.domain;

import java.time.Instant;
import java.util.Objects;

/**
 * What a certificate says: this key belongs to an enrolled device of this federation.
 *
 * @param devicePublicKey Ed25519, 32 bytes
 * @param notBefore first instant of validity, to the millisecond
 * @param notAfter last instant of validity, to the millisecond
 */
public record CertificateClaims(
    Bytes devicePublicKey, FederationName federation, Instant notBefore, Instant notAfter) {

  /** Checks the lengths. */
  public CertificateClaims {
    devicePublicKey.requireSize("certificate.device_public_key", 32);
    Objects.requireNonNull(federation, "federation");
    Objects.requireNonNull(notBefore, "notBefore");
    Objects.requireNonNull(notAfter, "notAfter");
  }

  /** Whether {@code now} lies within the validity. */
  public boolean isValidAt(Instant now) {
    return !now.isBefore(notBefore) && !now.isAfter(notAfter);
  }
}
