package com.octomil.privacy.relay.app;

import com.octomil.privacy.relay.config.RelayConfig;
import com.octomil.privacy.relay.domain.Bytes;
import com.octomil.privacy.relay.domain.Certificate;
import com.octomil.privacy.relay.domain.Device;
import com.octomil.privacy.relay.domain.EnrollmentCode;
import com.octomil.privacy.relay.domain.EnrollmentSignatures;
import com.octomil.privacy.relay.domain.FederationName;
import com.octomil.privacy.relay.domain.RefusedException;
import com.octomil.privacy.relay.domain.Region;
import com.octomil.privacy.relay.domain.RelayStore;
import com.octomil.privacy.relay.domain.RelayStore.Records;
import com.octomil.privacy.relay.domain.TokenHolder;
import jakarta.inject.Singleton;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Enrolment of devices with one-time codes. Thread-safe. */
@Singleton
public class Enrollments {

  /** Most codes made at once. */
  public static final int MAX_CODES = 10_000;

  /** Shortest life of a code. */
  public static final Duration MIN_LIFETIME = Duration.ofMinutes(1);

  /** Longest life of a code. */
  public static final Duration MAX_LIFETIME = Duration.ofDays(30);

  private final RelayStore store;
  private final Pins pins;
  private final EnrollmentAuthority authority;
  private final Pseudonyms pseudonyms;
  private final Clock clock;
  private final SecureRandom random;
  private final Duration defaultLifetime;
  private final Duration overlap;

  Enrollments(
      RelayStore store,
      EnrollmentAuthority authority,
      Clock clock,
      SecureRandom random,
      RelayConfig config,
      Pins pins,
      Pseudonyms pseudonyms) {
    this.pins = pins;
    this.pseudonyms = pseudonyms;
    this.store = store;
    this.authority = authority;
    this.clock = clock;
    this.random = random;
    this.defaultLifetime = config.enrollmentCodeLifetime();
    this.overlap = config.tokenRotationOverlap();
  }

  /** A code in clear, shown once, and the device it is for. */
  public record IssuedCode(String code, UUID deviceId) {
    @Override
    public String toString() {
      return "IssuedCode[hidden]";
    }
  }

  /** Codes and when they expire. */
  public record IssuedCodes(List<IssuedCode> codes, Instant expiresAt) {
    /** Copies the list. */
    public IssuedCodes {
      codes = List.copyOf(codes);
    }
  }

  /** What a device gets for its code. */
  public record Enrolled(
      String deviceToken,
      Certificate certificate,
      Bytes authorityKey,
      FederationName federation,
      Instant tokenExpiresAt) {
    @Override
    public String toString() {
      return "Enrolled[" + federation + "]";
    }
  }

  /**
   * Makes one-time codes for devices of a federation.
   *
   * @param count 1 to {@value #MAX_CODES}
   * @param lifetime null: the configured one
   * @param region region that the devices are bound to, or null
   * @throws RefusedException naming what is out of range, or if the federation is pinned to regions
   *     and the relay or {@code region} is outside
   */
  public IssuedCodes issueCodes(
      FederationName federation, int count, @Nullable Duration lifetime, @Nullable Region region) {
    if (count < 1 || count > MAX_CODES) {
      throw RefusedException.outOfRange(
          "count", Integer.toString(count), "must be from 1 to " + MAX_CODES);
    }
    Duration life = lifetime == null ? defaultLifetime : lifetime;
    if (life.compareTo(MIN_LIFETIME) < 0 || life.compareTo(MAX_LIFETIME) > 0) {
      throw RefusedException.outOfRange(
          "expires_in",
          Long.toString(life.toSeconds()),
          "must be from "
              + MIN_LIFETIME.toSeconds()
              + " to "
              + MAX_LIFETIME.toSeconds()
              + " seconds");
    }
    pins.requireEnrollment(federation, region);
    Instant now = clock.instant();
    Instant expiresAt = now.plus(life).truncatedTo(ChronoUnit.SECONDS);
    List<IssuedCode> issued = new ArrayList<>(count);
    List<EnrollmentCode> kept = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      byte[] bytes = new byte[EnrollmentCode.RANDOM_BYTES];
      random.nextBytes(bytes);
      String code =
          EnrollmentCode.PREFIX + Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
      UUID deviceId = newDeviceId();
      issued.add(new IssuedCode(code, deviceId));
      kept.add(new EnrollmentCode(hash(code), deviceId, federation, region, now, expiresAt, null));
    }
    return store.inTransaction(
        "issue-enrollment-codes",
        records -> {
          records.devices().insertCodes(kept);
          return new IssuedCodes(issued, expiresAt);
        });
  }

  /**
   * Exchanges a code for a token and a certificate. The same request again, while the code would
   * still be valid, gets the same answer.
   *
   * @param statedRegion region that the device says it is in, or null
   * @throws RefusedException if the code is unknown, expired or spent, the proof does not hold, the
   *     region contradicts the code's or is outside the federation's pins, or the key is enrolled
   *     already
   */
  public Enrolled enroll(
      String code, Bytes devicePublicKey, Bytes proof, @Nullable Region statedRegion) {
    devicePublicKey.requireSize("device_public_key", 32);
    proof.requireSize("proof_of_possession", 64);
    if (!EnrollmentSignatures.provesPossession(code, devicePublicKey, proof)) {
      throw RefusedException.unauthenticated(
          "proof_of_possession: is not a signature by device_public_key over this code and key");
    }
    // The pins are asked for outside the transaction that enrols: that may wait for another
    // service.
    store
        .inTransaction("find-enrollment-code", records -> records.devices().lockCode(hash(code)))
        .ifPresent(known ->
            pins.requireEnrollment(
                known.federation(), known.region() != null ? known.region() : statedRegion));
    Instant now = clock.instant();
    return store.inTransaction(
        "enroll", records -> enroll(records, code, devicePublicKey, statedRegion, now));
  }

  private Enrolled enroll(
      Records records,
      String code,
      Bytes devicePublicKey,
      @Nullable Region statedRegion,
      Instant now) {
    EnrollmentCode known =
        records
            .devices()
            .lockCode(hash(code))
            .filter(found -> now.isBefore(found.expiresAt()))
            .orElseThrow(() ->
                RefusedException.unauthenticated("enrollment_code: is unknown or has expired"));
    if (known.region() != null && statedRegion != null && !known.region().equals(statedRegion)) {
      throw RefusedException.outOfRange(
          "region",
          statedRegion.value(),
          "must be empty or '" + known.region() + "', the region of the enrolment code");
    }
    Region region = known.region() != null ? known.region() : statedRegion;
    if (known.usedAt() != null) {
      return repeat(records, known, code, devicePublicKey);
    }
    Device device =
        new Device(
            known.deviceId(),
            known.federation(),
            region,
            devicePublicKey,
            authority.certify(devicePublicKey, known.federation(), now),
            now,
            null);
    if (!records
        .devices()
        .insertDevice(device, pseudonyms.of(records, device.federation(), device.id()))) {
      throw RefusedException.conflict(
          "device_public_key: is enrolled in this federation already; make a new key");
    }
    String token = authority.deviceToken(code, devicePublicKey);
    Instant expiresAt = authority.expiry(now);
    records.devices().insertToken(hash(token), device.id(), now, expiresAt);
    records.devices().markCodeUsed(known.hash(), now);
    return new Enrolled(
        token, device.certificate(), authority.publicKey(), device.federation(), expiresAt);
  }

  private Enrolled repeat(
      Records records, EnrollmentCode known, String code, Bytes devicePublicKey) {
    Optional<Device> device = records.devices().find(known.deviceId());
    if (device.isEmpty() || !device.get().publicKey().equals(devicePublicKey)) {
      throw RefusedException.conflict("enrollment_code: has been used for another key");
    }
    if (device.get().revokedAt() != null) {
      throw RefusedException.unauthenticated("the device has been revoked");
    }
    return new Enrolled(
        authority.deviceToken(code, devicePublicKey),
        device.get().certificate(),
        authority.publicKey(),
        device.get().federation(),
        records.devices().tokenExpiry(device.get().id()).orElseThrow());
  }

  /** A token in the place of another, and a certificate that lives as long. */
  public record Renewed(String deviceToken, Certificate certificate, Instant tokenExpiresAt) {
    @Override
    public String toString() {
      return "Renewed[hidden]";
    }
  }

  /**
   * Replaces a token and the certificate. The old token stays good for a while, so that a device
   * that loses the answer can ask again; it then gets the same token.
   *
   * @param proof signature of the device's key over the token
   * @throws RefusedException if the token is unknown, expired or revoked, or the proof does not
   *     hold
   */
  public Renewed renew(String deviceToken, Bytes proof) {
    proof.requireSize("proof_of_possession", 64);
    Bytes oldHash = hash(deviceToken);
    Instant now = clock.instant();
    return store.inTransaction(
        "renew-token",
        records -> {
          UUID id =
              records
                  .devices()
                  .holder(oldHash)
                  .filter(holder -> !holder.revoked() && now.isBefore(holder.expiresAt()))
                  .orElseThrow(() ->
                      RefusedException.unauthenticated(
                          "device_token: is unknown, expired or revoked"))
                  .deviceId();
          records.devices().lock(id);
          Device device = records.devices().find(id).orElseThrow();
          if (device.revokedAt() != null) {
            throw RefusedException.unauthenticated("device_token: is unknown, expired or revoked");
          }
          if (!EnrollmentSignatures.provesRenewal(deviceToken, device.publicKey(), proof)) {
            throw RefusedException.unauthenticated(
                "proof_of_possession: is not a signature by the device's key over this token");
          }
          String token = authority.deviceToken(deviceToken, device.publicKey());
          Optional<TokenHolder> earlier = records.devices().holder(hash(token));
          if (earlier.isPresent()) {
            return new Renewed(token, device.certificate(), earlier.get().expiresAt());
          }
          Instant expiresAt = authority.expiry(now);
          Certificate certificate = authority.certify(device.publicKey(), device.federation(), now);
          records.devices().certify(id, certificate);
          records.devices().insertToken(hash(token), id, now, expiresAt);
          records.devices().endToken(oldHash, now.plus(overlap));
          return new Renewed(token, certificate, expiresAt);
        });
  }

  /** What is stored of a code or a token: both have 256 random bits, so a plain hash hides them. */
  static Bytes hash(String secret) {
    return Bytes.of(secret.getBytes(StandardCharsets.UTF_8)).sha256();
  }

  private UUID newDeviceId() {
    byte[] bytes = new byte[16];
    random.nextBytes(bytes);
    bytes[6] = (byte) ((bytes[6] & 0x0f) | 0x40);
    bytes[8] = (byte) ((bytes[8] & 0x3f) | 0x80);
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    return new UUID(buffer.getLong(), buffer.getLong());
  }
}
