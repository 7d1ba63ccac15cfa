package com.octomil.privacy.device;

import com.octomil.privacy.device.transport.Bytes;
import com.octomil.privacy.device.transport.DeviceCertificate;
import com.octomil.privacy.secagg.keyagreement.SigningKeyPair;
import com.octomil.privacy.secagg.wire.Transcripts;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Certificates of other devices against the pinned authority. Remembers signatures that it has
 * verified, since neighbours come back round after round; validity in time is checked each time.
 * Not thread-safe.
 */
final class CertificateCheck {

  private static final int REMEMBERED = 4096;

  private final Bytes authorityKey;
  private final String federation;
  private final Duration clockTolerance;
  private final Map<Bytes, Bytes> verified =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Bytes, Bytes> eldest) {
          return size() > REMEMBERED;
        }
      };

  CertificateCheck(Bytes authorityKey, String federation, Duration clockTolerance) {
    this.authorityKey = authorityKey;
    this.federation = federation;
    this.clockTolerance = clockTolerance;
  }

  void check(int index, DeviceCertificate certificate, Instant now) throws Refusal {
    Bytes known = verified.get(certificate.content());
    if (known == null || !known.equals(certificate.signature())) {
      Refusal.unless(
          SigningKeyPair.verify(
              authorityKey.toArray(),
              Transcripts.certificate(certificate.content().toArray()),
              certificate.signature().toArray()),
          RefusalReason.INVALID_CERTIFICATE,
          "the certificate of device " + index + " is not signed by authority " + authorityKey);
      verified.put(certificate.content(), certificate.signature());
    }
    Refusal.unless(
        certificate.federation().equals(federation),
        RefusalReason.INVALID_CERTIFICATE,
        "the certificate of device " + index + " is for federation " + certificate.federation());
    Refusal.unless(
        !now.plus(clockTolerance).isBefore(certificate.notBefore())
            && !now.minus(clockTolerance).isAfter(certificate.notAfter()),
        RefusalReason.INVALID_CERTIFICATE,
        "the certificate of device "
            + index
            + " is valid from "
            + certificate.notBefore()
            + " to "
            + certificate.notAfter()
            + ", not now");
  }
}
