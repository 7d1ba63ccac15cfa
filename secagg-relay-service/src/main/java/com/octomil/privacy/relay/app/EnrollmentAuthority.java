package com.octomil.privacy.relay.app;

import com.octomil.privacy.relay.config.RelayConfig;
import com.octomil.privacy.relay.domain.AuthorityKey;
import com.octomil.privacy.relay.domain.Bytes;
import com.octomil.privacy.relay.domain.Certificate;
import com.octomil.privacy.relay.domain.CertificateClaims;
import com.octomil.privacy.relay.domain.FederationName;
import com.octomil.privacy.relay.domain.RelayStore;
import com.octomil.privacy.relay.domain.SignedContents;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Certifies device keys. Its key comes from a file, or else from the database, where the first
 * replica to start puts a fresh one (ADR 0020). Thread-safe.
 */
@Singleton
public class EnrollmentAuthority {

  // Clocks of devices are late at times; a certificate must be valid at once.
  private static final Duration BACKDATING = Duration.ofHours(1);

  private final RelayStore store;
  private final SignedContents contents;
  private final Clock clock;
  private final SecureRandom random;
  private final Optional<Path> file;
  private final Duration lifetime;
  private @Nullable AuthorityKey loaded;

  EnrollmentAuthority(
      RelayStore store,
      SignedContents contents,
      Clock clock,
      SecureRandom random,
      RelayConfig config) {
    this.store = store;
    this.contents = contents;
    this.clock = clock;
    this.random = random;
    this.file = config.enrollmentAuthorityKeyFile();
    this.lifetime = config.deviceTokenLifetime();
  }

  /** The key that devices pin, 32 bytes. */
  public Bytes publicKey() {
    return key().publicKey();
  }

  /**
   * Certifies a device key of a federation, from a little before {@code now} to {@link #expiry}.
   */
  public Certificate certify(Bytes devicePublicKey, FederationName federation, Instant now) {
    return key()
        .certify(
            contents.write(
                new CertificateClaims(
                    devicePublicKey, federation, now.minus(BACKDATING), expiry(now))));
  }

  /** When what is issued at {@code now} ends. */
  public Instant expiry(Instant now) {
    return now.plus(lifetime).truncatedTo(ChronoUnit.MILLIS);
  }

  /** The token that an enrolment code buys for a device key. */
  public String deviceToken(String code, Bytes devicePublicKey) {
    return key().deviceToken(code, devicePublicKey);
  }

  /**
   * Loads the key; called at start, so that a replica without one never becomes ready.
   *
   * @throws IllegalStateException if the file cannot be read or does not hold 32 bytes
   */
  public synchronized void load() {
    if (loaded == null) {
      loaded = new AuthorityKey(file.map(this::read).orElseGet(this::fromStore));
    }
  }

  private synchronized AuthorityKey key() {
    load();
    AuthorityKey key = loaded;
    if (key == null) {
      throw new IllegalStateException("the enrolment authority has no key");
    }
    return key;
  }

  private Bytes fromStore() {
    return store.inTransaction(
        "enrollment-authority",
        records -> {
          Optional<Bytes> existing = records.devices().authoritySeed();
          if (existing.isPresent()) {
            return existing.get();
          }
          byte[] fresh = new byte[AuthorityKey.SEED_BYTES];
          random.nextBytes(fresh);
          // Another replica may be faster; then its seed counts.
          records.devices().insertAuthoritySeed(Bytes.of(fresh), clock.instant());
          return records.devices().authoritySeed().orElseThrow();
        });
  }

  private Bytes read(Path path) {
    String text;
    try {
      text = Files.readString(path, StandardCharsets.US_ASCII).strip();
    } catch (IOException e) {
      throw new IllegalStateException(
          "octomil.relay.enrollment-authority-key-file: cannot read '" + path + "'", e);
    }
    byte[] seed;
    try {
      seed =
          text.length() == 2 * AuthorityKey.SEED_BYTES
              ? HexFormat.of().parseHex(text)
              : Base64.getDecoder().decode(text);
    } catch (IllegalArgumentException e) {
      throw badFile(path);
    }
    if (seed.length != AuthorityKey.SEED_BYTES) {
      throw badFile(path);
    }
    return Bytes.of(seed);
  }

  private static IllegalStateException badFile(Path path) {
    return new IllegalStateException(
        "octomil.relay.enrollment-authority-key-file: '"
            + path
            + "' must hold exactly 32 bytes in hexadecimal (64 characters) or base64 (44 characters)");
  }
}
