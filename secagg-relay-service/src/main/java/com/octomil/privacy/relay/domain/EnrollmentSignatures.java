package com.octomil.privacy.relay.domain;

import com.octomil.privacy.secagg.keyagreement.SigningKeyPair;
import com.octomil.privacy.secagg.wire.Transcripts;

/** Signatures around enrolment. */
public final class EnrollmentSignatures {

  private EnrollmentSignatures() {}

  /** Whether the enrolment authority signed this certificate. */
  public static boolean isValid(Certificate certificate, Bytes authorityKey) {
    return SigningKeyPair.verify(
        authorityKey.toArray(),
        Transcripts.certificate(certificate.content().toArray()),
        certificate.signature().toArray());
  }

  /** Whether whoever sent {@code token} holds the private half of {@code devicePublicKey}. */
  public static boolean provesRenewal(String token, Bytes devicePublicKey, Bytes signature) {
    return SigningKeyPair.verify(
        devicePublicKey.toArray(),
        Transcripts.renewal(token, devicePublicKey.toArray()),
        signature.toArray());
  }

  /** Whether whoever sent {@code code} holds the private half of {@code devicePublicKey}. */
  public static boolean provesPossession(String code, Bytes devicePublicKey, Bytes signature) {
    return SigningKeyPair.verify(
        devicePublicKey.toArray(),
        Transcripts.enrollment(code, devicePublicKey.toArray()),
        signature.toArray());
  }
}
