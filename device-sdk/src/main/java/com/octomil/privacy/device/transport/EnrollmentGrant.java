package com.octomil.privacy.device.transport;

import java.time.Instant;

/**
 * What the relay answers to an enrolment.
 *
 * @param deviceToken opaque bearer token for check-in; a secret, left out of {@link #toString()}
 * @param certificate of the device's key
 * @param authorityKey Ed25519 key of the enrolment authority as the relay states it; only a pinned
 *     one is to be trusted
 * @param federation that the device now belongs to
 * @param tokenExpiresAt end of the token's life
 */
public record EnrollmentGrant(
    String deviceToken,
    DeviceCertificate certificate,
    Bytes authorityKey,
    String federation,
    Instant tokenExpiresAt) {

  @Override
  public String toString() {
    return "EnrollmentGrant[certificate=" + certificate + ", federation=" + federation + "]";
  }
}
