package com.octomil.privacy.relay.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.octomil.privacy.relay.config.RelayConfig;
import com.octomil.privacy.relay.domain.AuthorityKey;
import com.octomil.privacy.relay.domain.Bytes;
import com.octomil.privacy.relay.domain.CertificateClaims;
import com.octomil.privacy.relay.domain.EnrollmentSignatures;
import com.octomil.privacy.relay.domain.FederationName;
import com.octomil.privacy.relay.domain.RelayStore;
import com.octomil.privacy.relay.grpc.ProtoSignedContents;
import com.octomil.privacy.secagg.keyagreement.SigningKeyPair;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EnrollmentAuthorityTest {

  private static final Instant NOW = Instant.parse("2026-03-01T12:00:00.123456Z");
  private static final byte[] SEED =
      HexFormat.of().parseHex("00112233445566778899aabbccddeeff".repeat(2));

  @TempDir Path directory;

  private static final class NoStore implements RelayStore {
    @Override
    public <T extends @Nullable Object> T inTransaction(String name, Function<Records, T> body) {
      throw new AssertionError("with a key file the database is not asked");
    }
  }

  private record Config(Path file) implements RelayConfig {
    @Override
    public Optional<Path> enrollmentAuthorityKeyFile() {
      return Optional.of(file);
    }

    @Override
    public Duration deviceTokenLifetime() {
      return Duration.ofDays(90);
    }

    @Override
    public Duration tokenRotationOverlap() {
      return Duration.ofHours(1);
    }

    @Override
    public Duration enrollmentCodeLifetime() {
      return Duration.ofHours(24);
    }

    @Override
    public Duration checkInRetry() {
      return Duration.ofMillis(500);
    }

    @Override
    public Duration watchInterval() {
      return Duration.ofMillis(100);
    }

    @Override
    public Duration sessionGrace() {
      return Duration.ofMinutes(10);
    }
  }

  private EnrollmentAuthority authority(String text) throws Exception {
    Path file = directory.resolve("authority.key");
    Files.writeString(file, text);
    return authority(file);
  }

  private static EnrollmentAuthority authority(Path file) {
    return new EnrollmentAuthority(
        new NoStore(),
        new ProtoSignedContents(),
        Clock.fixed(NOW, ZoneOffset.UTC),
        new SecureRandom(),
        new Config(file));
  }

  @Test
  void theSeedIsReadFromTheFile() throws Exception {
    Bytes expected = Bytes.of(SigningKeyPair.fromSeed(SEED).publicKey());
    assertThat(authority(HexFormat.of().formatHex(SEED) + "\n").publicKey()).isEqualTo(expected);
    assertThat(authority(HexFormat.of().withUpperCase().formatHex(SEED)).publicKey())
        .isEqualTo(expected);
    assertThat(authority(Base64.getEncoder().encodeToString(SEED)).publicKey()).isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "00", "AAAA", "not a key", "zz"})
  void aBadFileStopsTheStart(String text) throws Exception {
    EnrollmentAuthority authority = authority(text);
    assertThatThrownBy(authority::load)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("octomil.relay.enrollment-authority-key-file")
        .hasMessageContaining("32 bytes");
  }

  @Test
  void aMissingFileStopsTheStart() {
    EnrollmentAuthority authority = authority(directory.resolve("absent"));
    assertThatThrownBy(authority::load)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("cannot read");
  }

  @Test
  void certificatesAreValidFromALittleBeforeToTheEndOfTheToken() throws Exception {
    EnrollmentAuthority authority = authority(HexFormat.of().formatHex(SEED));
    Bytes deviceKey = Bytes.of(SigningKeyPair.generate(new SecureRandom()).publicKey());
    var certificate = authority.certify(deviceKey, new FederationName("clinic"), NOW);
    assertThat(EnrollmentSignatures.isValid(certificate, authority.publicKey())).isTrue();
    CertificateClaims claims = new ProtoSignedContents().readCertificate(certificate.content());
    assertThat(claims.devicePublicKey()).isEqualTo(deviceKey);
    assertThat(claims.notAfter()).isEqualTo(authority.expiry(NOW));
    assertThat(claims.isValidAt(NOW.minusSeconds(3_000))).isTrue();
    assertThat(claims.isValidAt(NOW.minusSeconds(4_000))).isFalse();
    assertThat(claims.isValidAt(NOW.plus(Duration.ofDays(90)))).isFalse();
    assertThat(claims.isValidAt(NOW.plus(Duration.ofDays(90)).minusMillis(1))).isTrue();
  }

  @Test
  void tokensDependOnSeedCodeAndKey() throws Exception {
    AuthorityKey key = new AuthorityKey(Bytes.of(SEED));
    AuthorityKey other = new AuthorityKey(Bytes.of(new byte[32]));
    Bytes device = Bytes.of(SEED);
    String token = key.deviceToken("oec_a", device);
    assertThat(token).startsWith("odt_").hasSize(47);
    assertThat(key.deviceToken("oec_a", device)).isEqualTo(token);
    assertThat(key.deviceToken("oec_b", device)).isNotEqualTo(token);
    assertThat(key.deviceToken("oec_a", Bytes.of(new byte[32]))).isNotEqualTo(token);
    assertThat(other.deviceToken("oec_a", device)).isNotEqualTo(token);
    assertThat(key.toString()).isEqualTo("AuthorityKey[hidden]");
  }
}
