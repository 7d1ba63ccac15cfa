package com.octomil.privacy.device;

import com.octomil.privacy.device.transport.Bytes;
import com.octomil.privacy.device.transport.DeviceTransport;
import com.octomil.privacy.device.transport.EnrollmentGrant;
import com.octomil.privacy.device.transport.EnrollmentRequest;
import com.octomil.privacy.device.transport.RenewalGrant;
import com.octomil.privacy.secagg.keyagreement.SigningKeyPair;
import com.octomil.privacy.secagg.wire.Transcripts;
import java.security.SecureRandom;
import java.util.Arrays;

/** Makes a device a member of a federation. */
public final class Enrollment {

  private Enrollment() {}

  /**
   * Makes a fresh key, exchanges the one-time code for a token and a certificate, and checks the
   * certificate.
   *
   * @param transport how to reach the relay
   * @param code as the operator handed it out
   * @param region where the device is, for example {@code eu}; may be empty
   * @param authorityKey Ed25519 key of the enrolment authority, 32 bytes, known from elsewhere than
   *     this server
   * @param random source of the new key
   * @return the identity of the new device, to be saved
   * @throws EnrollmentRefusedException if the answer is not a certificate of this key by that
   *     authority
   * @throws com.octomil.privacy.device.transport.TransportException if the relay gave no answer, or
   *     refused the code
   */
  public static DeviceIdentity enroll(
      DeviceTransport transport,
      String code,
      String region,
      Bytes authorityKey,
      SecureRandom random) {
    try (SigningKeyPair key = SigningKeyPair.generate(random)) {
      EnrollmentGrant grant = request(transport, code, region, key);
      if (!grant.authorityKey().equals(authorityKey)) {
        throw new EnrollmentRefusedException(
            "the relay's enrolment authority is "
                + grant.authorityKey()
                + "; the pinned one is "
                + authorityKey);
      }
      return identity(key, grant, region, authorityKey);
    }
  }

  /**
   * As {@link #enroll}, but believes the relay who the enrolment authority is. A relay that lies
   * here can put devices of its own on every roster that this device accepts: for simulations and
   * tests.
   *
   * @param transport how to reach the relay
   * @param code as the operator handed it out
   * @param region where the device is; empty if it does not say
   * @param random source of the new key
   * @return the identity of the new device, to be saved
   */
  public static DeviceIdentity enrollTrustingInsecureAuthority(
      DeviceTransport transport, String code, String region, SecureRandom random) {
    try (SigningKeyPair key = SigningKeyPair.generate(random)) {
      EnrollmentGrant grant = request(transport, code, region, key);
      return identity(key, grant, region, grant.authorityKey());
    }
  }

  /**
   * Replaces the token and the certificate of a device before they expire; {@link
   * DeviceIdentity#renewalDue} says when. The old identity stays good for a while, so nothing is
   * lost if this one cannot be stored. Close the old one when the new one is stored.
   *
   * @param transport how to reach the relay
   * @param identity of the device; stays open
   * @return the identity that takes its place, to be saved
   * @throws EnrollmentRefusedException if the answer is not a certificate of this device's key by
   *     the pinned authority
   * @throws com.octomil.privacy.device.transport.TransportException if the relay gave no answer, or
   *     refused because the device is revoked or its token has expired
   */
  public static DeviceIdentity renew(DeviceTransport transport, DeviceIdentity identity) {
    try (SigningKeyPair key = identity.signingKey()) {
      byte[] proof = key.sign(Transcripts.renewal(identity.token(), key.publicKey()));
      RenewalGrant grant = transport.renewToken(identity.token(), Bytes.of(proof));
      return identity(
          key,
          new EnrollmentGrant(
              grant.deviceToken(),
              grant.certificate(),
              identity.authorityKey(),
              identity.federation(),
              grant.tokenExpiresAt()),
          identity.region(),
          identity.authorityKey());
    }
  }

  private static EnrollmentGrant request(
      DeviceTransport transport, String code, String region, SigningKeyPair key) {
    byte[] proof = key.sign(Transcripts.enrollment(code, key.publicKey()));
    return transport.enroll(
        new EnrollmentRequest(code, Bytes.of(key.publicKey()), Bytes.of(proof), region));
  }

  private static DeviceIdentity identity(
      SigningKeyPair key, EnrollmentGrant grant, String region, Bytes authorityKey) {
    if (!SigningKeyPair.verify(
        authorityKey.toArray(),
        Transcripts.certificate(grant.certificate().content().toArray()),
        grant.certificate().signature().toArray())) {
      throw new EnrollmentRefusedException(
          "the certificate is not signed by authority " + authorityKey);
    }
    byte[] seed = key.seed();
    try {
      return new DeviceIdentity(
          seed,
          grant.deviceToken(),
          grant.certificate(),
          authorityKey,
          grant.federation(),
          region,
          grant.tokenExpiresAt());
    } catch (IllegalArgumentException e) {
      throw new EnrollmentRefusedException(String.valueOf(e.getMessage()));
    } finally {
      Arrays.fill(seed, (byte) 0);
    }
  }
}
