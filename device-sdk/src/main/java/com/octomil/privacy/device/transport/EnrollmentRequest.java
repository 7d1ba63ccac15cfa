package com.octomil.privacy.device.transport;

/**
 * Asks for a device token and a certificate.
 *
 * @param code the one-time enrolment code; a secret, left out of {@link #toString()}
 * @param devicePublicKey Ed25519, 32 bytes
 * @param proofOfPossession Ed25519 by that key over the code and the key
 * @param region where the device is, for example {@code eu}; may be empty
 */
public record EnrollmentRequest(
    String code, Bytes devicePublicKey, Bytes proofOfPossession, String region) {
  /** Refuses a blank code and keys of a wrong size with an {@link IllegalArgumentException}. */
  public EnrollmentRequest {
    if (code.isBlank()) {
      throw new IllegalArgumentException("code must not be blank");
    }
    Sizes.require("devicePublicKey", devicePublicKey, 32);
    Sizes.require("proofOfPossession", proofOfPossession, 64);
  }

  @Override
  public String toString() {
    return "EnrollmentRequest[devicePublicKey=" + devicePublicKey + ", region=" + region + "]";
  }
}
