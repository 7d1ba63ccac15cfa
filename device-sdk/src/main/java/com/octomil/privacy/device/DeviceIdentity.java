package com.octomil.privacy.device;

import com.octomil.privacy.device.state.OwnerOnlyFiles;
import com.octomil.privacy.device.transport.Bytes;
import com.octomil.privacy.device.transport.DeviceCertificate;
import com.octomil.privacy.secagg.SecretBytes;
import com.octomil.privacy.secagg.keyagreement.SigningKeyPair;
import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.Properties;

/**
 * What makes a device a member of a federation: its long-lived Ed25519 key, the certificate of that
 * key, the token for check-in and the pinned key of the enrolment authority. Immutable and
 * thread-safe; {@link #close} erases the key.
 */
public final class DeviceIdentity implements AutoCloseable {

  private static final String VERSION = "1";

  private final SecretBytes seed;
  private final String token;
  private final DeviceCertificate certificate;
  private final Bytes authorityKey;
  private final String federation;
  private final String region;
  private final Instant tokenExpiresAt;

  /**
   * Copies the seed.
   *
   * @param seed Ed25519 seed, 32 bytes, of the key that {@code certificate} names
   * @param token opaque device token
   * @param certificate statement of the enrolment authority about the key
   * @param authorityKey Ed25519 key of the enrolment authority that this device trusts
   * @param federation the federation that the device belongs to
   * @param region where the device is, for example {@code eu}; empty if it does not say
   * @param tokenExpiresAt end of the token's life
   * @throws IllegalArgumentException if the certificate is for another key or federation
   */
  public DeviceIdentity(
      byte[] seed,
      String token,
      DeviceCertificate certificate,
      Bytes authorityKey,
      String federation,
      String region,
      Instant tokenExpiresAt) {
    try (SigningKeyPair key = SigningKeyPair.fromSeed(seed)) {
      if (!Bytes.of(key.publicKey()).equals(certificate.devicePublicKey())) {
        throw new IllegalArgumentException(
            "certificate must be for key "
                + Bytes.of(key.publicKey())
                + ", not "
                + certificate.devicePublicKey());
      }
    }
    if (!certificate.federation().equals(federation)) {
      throw new IllegalArgumentException(
          "certificate must be for federation " + federation + ", not " + certificate.federation());
    }
    this.seed = new SecretBytes(seed);
    this.token = token;
    this.certificate = certificate;
    this.authorityKey = authorityKey;
    this.federation = federation;
    this.region = region;
    this.tokenExpiresAt = tokenExpiresAt;
  }

  /** The device's signing key; the caller closes it. */
  SigningKeyPair signingKey() {
    byte[] copy = seed.reveal();
    try {
      return SigningKeyPair.fromSeed(copy);
    } finally {
      Arrays.fill(copy, (byte) 0);
    }
  }

  /**
   * The opaque token for check-in; a secret.
   *
   * @return as the relay gave it
   */
  public String token() {
    return token;
  }

  /**
   * The certificate of the device's key.
   *
   * @return as the enrolment authority signed it
   */
  public DeviceCertificate certificate() {
    return certificate;
  }

  /**
   * The pinned Ed25519 key of the enrolment authority.
   *
   * @return 32 bytes
   */
  public Bytes authorityKey() {
    return authorityKey;
  }

  /**
   * The federation that the device belongs to.
   *
   * @return its name
   */
  public String federation() {
    return federation;
  }

  /**
   * Where the device is; empty if it does not say.
   *
   * @return name of the region
   */
  public String region() {
    return region;
  }

  /**
   * End of the token's life.
   *
   * @return when the relay no longer takes it
   */
  public Instant tokenExpiresAt() {
    return tokenExpiresAt;
  }

  /**
   * Whether it is time to renew the token and the certificate: when less than a third of the
   * certificate's life is left.
   *
   * @param now the present
   * @return true once {@link Enrollment#renew} should be called
   */
  public boolean renewalDue(Instant now) {
    Duration life = Duration.between(certificate.notBefore(), certificate.notAfter());
    return now.isAfter(tokenExpiresAt.minus(life.dividedBy(3)));
  }

  /**
   * Writes the identity, key included, to a file that only its owner may read; replaces an existing
   * one.
   *
   * @param file where to write; one that is there is replaced
   * @throws IOException if the file cannot be written
   */
  public void save(Path file) throws IOException {
    Properties properties = new Properties();
    properties.setProperty("version", VERSION);
    byte[] copy = seed.reveal();
    properties.setProperty("seed", base64(copy));
    Arrays.fill(copy, (byte) 0);
    properties.setProperty("token", token);
    properties.setProperty("token-expires-at", tokenExpiresAt.toString());
    properties.setProperty("federation", federation);
    properties.setProperty("region", region);
    properties.setProperty("authority-key", base64(authorityKey.toArray()));
    properties.setProperty("certificate", base64(certificate.content().toArray()));
    properties.setProperty("certificate-signature", base64(certificate.signature().toArray()));
    properties.setProperty("certificate-not-before", certificate.notBefore().toString());
    properties.setProperty("certificate-not-after", certificate.notAfter().toString());
    StringWriter text = new StringWriter();
    properties.store(text, "identity of a device; keep it secret");
    byte[] content = text.toString().getBytes(StandardCharsets.UTF_8);
    try {
      OwnerOnlyFiles.replace(file, content);
    } finally {
      Arrays.fill(content, (byte) 0);
    }
  }

  /**
   * Reads what {@link #save} wrote.
   *
   * @param file where it was saved
   * @return the identity, which the caller closes
   * @throws IOException if the file cannot be read or is not an identity; the message names what is
   *     wrong
   */
  public static DeviceIdentity load(Path file) throws IOException {
    Properties properties = new Properties();
    properties.load(new StringReader(Files.readString(file)));
    String version = property(file, properties, "version");
    if (!version.equals(VERSION)) {
      throw new IOException(
          file + ": version " + version + "; this release reads version " + VERSION);
    }
    try {
      byte[] seed = Base64.getDecoder().decode(property(file, properties, "seed"));
      try (SigningKeyPair key = SigningKeyPair.fromSeed(seed)) {
        String federation = property(file, properties, "federation");
        DeviceCertificate certificate =
            new DeviceCertificate(
                bytes(file, properties, "certificate"),
                bytes(file, properties, "certificate-signature"),
                Bytes.of(key.publicKey()),
                federation,
                Instant.parse(property(file, properties, "certificate-not-before")),
                Instant.parse(property(file, properties, "certificate-not-after")));
        return new DeviceIdentity(
            seed,
            property(file, properties, "token"),
            certificate,
            bytes(file, properties, "authority-key"),
            federation,
            property(file, properties, "region"),
            Instant.parse(property(file, properties, "token-expires-at")));
      } finally {
        Arrays.fill(seed, (byte) 0);
      }
    } catch (IllegalArgumentException | DateTimeException e) {
      throw new IOException(file + " is damaged: " + e.getMessage(), e);
    }
  }

  private static Bytes bytes(Path file, Properties properties, String key) throws IOException {
    return Bytes.of(Base64.getDecoder().decode(property(file, properties, key)));
  }

  private static String property(Path file, Properties properties, String key) throws IOException {
    String value = properties.getProperty(key);
    if (value == null) {
      throw new IOException(file + " lacks " + key);
    }
    return value;
  }

  private static String base64(byte[] bytes) {
    return Base64.getEncoder().encodeToString(bytes);
  }

  /** Erases the key. The identity cannot take part in rounds any more. */
  @Override
  public void close() {
    seed.close();
  }

  @Override
  public String toString() {
    return "DeviceIdentity[federation="
        + federation
        + ", key="
        + certificate.devicePublicKey()
        + "]";
  }
}
