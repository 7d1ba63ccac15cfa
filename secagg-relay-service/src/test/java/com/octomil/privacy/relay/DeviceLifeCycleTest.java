package com.octomil.privacy.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import com.octomil.privacy.kit.test.EmbeddedPostgresResource;
import com.octomil.privacy.kit.test.ServiceTokenResource;
import com.octomil.privacy.proto.relay.v1.ExcludeDeviceRequest;
import com.octomil.privacy.proto.relay.v1.ExcludeDeviceResponse;
import com.octomil.privacy.proto.secagg.v1.CheckInRequest;
import com.octomil.privacy.proto.secagg.v1.DeviceCertificateContent;
import com.octomil.privacy.proto.secagg.v1.RenewTokenRequest;
import com.octomil.privacy.proto.secagg.v1.RenewTokenResponse;
import com.octomil.privacy.relay.domain.Bytes;
import com.octomil.privacy.relay.domain.FederationName;
import com.octomil.privacy.relay.domain.Pseudonym;
import com.octomil.privacy.relay.testing.PeersResource;
import com.octomil.privacy.relay.testing.Relay;
import com.octomil.privacy.relay.testing.TestDevice;
import com.octomil.privacy.relay.testing.TestParticipant;
import com.octomil.privacy.relay.testing.TestRound;
import com.octomil.privacy.secagg.keyagreement.SigningKeyPair;
import com.octomil.privacy.secagg.wire.Transcripts;
import io.grpc.StatusRuntimeException;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.inject.Inject;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Pseudonyms, rotation of tokens, exclusion, and what the relay reports of it. */
@QuarkusTest
@QuarkusTestResource(EmbeddedPostgresResource.class)
@QuarkusTestResource(ServiceTokenResource.class)
@QuarkusTestResource(PeersResource.class)
class DeviceLifeCycleTest {

  @Inject Pool pool;

  private final String federation = "life-" + UUID.randomUUID();
  private Relay relay;

  @BeforeEach
  void connect() {
    relay = new Relay();
  }

  @AfterEach
  void disconnect() {
    relay.close();
  }

  private static RenewTokenRequest renewal(TestDevice device, String token) {
    return RenewTokenRequest.newBuilder()
        .setDeviceToken(token)
        .setProofOfPossession(
            ByteString.copyFrom(
                device.key().sign(Transcripts.renewal(token, device.key().publicKey()))))
        .build();
  }

  private void checkIn(String token) {
    var unused =
        relay
            .devices()
            .checkIn(
                CheckInRequest.newBuilder()
                    .setDeviceToken(token)
                    .setRoundPublicKey(
                        ByteString.copyFrom(
                            SigningKeyPair.generate(new SecureRandom()).publicKey()))
                    .build());
  }

  private void assertUnauthenticated(String token) {
    assertThatThrownBy(() -> checkIn(token))
        .isInstanceOfSatisfying(
            StatusRuntimeException.class,
            refused -> assertThat(Relay.errorOf(refused)).isEqualTo("unauthenticated"));
  }

  /** Reports of this federation, sent or not: the budget service of the tests keeps no log. */
  private List<String> reports(String type) {
    List<String> found = new ArrayList<>();
    for (Row row :
        pool.preparedQuery(
                "SELECT data FROM relay.audit_outbox WHERE federation = $1 AND type = $2 ORDER BY id")
            .executeAndAwait(Tuple.of(federation, type))) {
      found.add(row.getString("data"));
    }
    return found;
  }

  @Test
  void aTokenIsRotatedWithOverlap() throws Exception {
    TestDevice device = TestDevice.enroll(relay, federation, 1).getFirst();
    String old = device.enrolled().getDeviceToken();
    RenewTokenResponse renewed = relay.devices().renewToken(renewal(device, old));
    assertThat(renewed.getDeviceToken()).startsWith("odt_").isNotEqualTo(old);
    assertThat(relay.devices().renewToken(renewal(device, old))).isEqualTo(renewed);
    DeviceCertificateContent content =
        DeviceCertificateContent.parseFrom(renewed.getCertificate().getContent());
    assertThat(content.getNotAfter()).isEqualTo(renewed.getTokenExpiresAt());
    assertThat(content.getDevicePublicKey().toByteArray()).isEqualTo(device.key().publicKey());
    checkIn(old);
    checkIn(renewed.getDeviceToken());
    assertThat(expiry(old)).isBefore(Instant.now().plus(61, ChronoUnit.MINUTES));
    // The clock moves past the overlap.
    pool.preparedQuery(
            "UPDATE relay.device_token SET expires_at = expires_at - interval '61 minutes' WHERE token_hash = $1")
        .executeAndAwait(Tuple.of(hash(old)));
    assertThatThrownBy(() -> relay.devices().renewToken(renewal(device, old)))
        .isInstanceOf(StatusRuntimeException.class);
    checkIn(renewed.getDeviceToken());
    assertThat(reports("device.token-issued")).hasSize(2);
    assertThat(reports("device.certified")).hasSize(1);
  }

  private Instant expiry(String token) {
    return pool.preparedQuery("SELECT expires_at FROM relay.device_token WHERE token_hash = $1")
        .executeAndAwait(Tuple.of(hash(token)))
        .iterator()
        .next()
        .getOffsetDateTime("expires_at")
        .toInstant();
  }

  private static io.vertx.core.buffer.Buffer hash(String token) {
    return io.vertx.core.buffer.Buffer.buffer(
        Bytes.of(token.getBytes(java.nio.charset.StandardCharsets.UTF_8)).sha256().toArray());
  }

  @Test
  void aTokenIsRotatedOnlyByItsDevice() {
    List<TestDevice> devices = TestDevice.enroll(relay, federation, 2);
    String token = devices.get(0).enrolled().getDeviceToken();
    assertThatThrownBy(() -> relay.devices().renewToken(renewal(devices.get(1), token)))
        .isInstanceOfSatisfying(
            StatusRuntimeException.class,
            refused -> assertThat(Relay.errorOf(refused)).isEqualTo("unauthenticated"));
    relay.revoke(federation, devices.get(0).deviceId());
    assertThatThrownBy(() -> relay.devices().renewToken(renewal(devices.get(0), token)))
        .isInstanceOf(StatusRuntimeException.class);
    assertThat(reports("device.revoked")).hasSize(1);
  }

  @Test
  void anExpiredTokenIsRefused() {
    TestDevice device = TestDevice.enroll(relay, federation, 1).getFirst();
    String token = device.enrolled().getDeviceToken();
    pool.preparedQuery(
            "UPDATE relay.device_token SET expires_at = now() - interval '1 second' WHERE token_hash = $1")
        .executeAndAwait(Tuple.of(hash(token)));
    assertUnauthenticated(token);
  }

  @Test
  void anExcludedDeviceIsOutAtOnceAndItsRoundsAreKnown() {
    List<TestDevice> devices = TestDevice.enroll(relay, federation, 3);
    TestRound round = TestRound.secure(federation, 3, builder -> builder).open(relay);
    List<TestParticipant> participants =
        devices.stream().map(device -> device.join(relay)).toList();
    TestDevice device = devices.getFirst();
    ExcludeDeviceResponse excluded =
        relay
            .deviceRecords()
            .excludeDevice(
                ExcludeDeviceRequest.newBuilder()
                    .setFederation(federation)
                    .setDevice(device.deviceId())
                    .build());
    assertThat(excluded.getRoundsList()).hasSize(1);
    assertThat(excluded.getRounds(0).getRoundId().toByteArray()).isEqualTo(round.roundId());
    assertThat(excluded.getRounds(0).getParticipantId())
        .isEqualTo(participants.getFirst().participantId());
    assertUnauthenticated(device.enrolled().getDeviceToken());
    // By pseudonym, and again, it is the same.
    assertThat(
            relay
                .deviceRecords()
                .excludeDevice(
                    ExcludeDeviceRequest.newBuilder()
                        .setFederation(federation)
                        .setDevice(excluded.getPseudonym())
                        .build()))
        .isEqualTo(excluded);
    assertThat(reports("device.excluded"))
        .singleElement()
        .asString()
        .contains(excluded.getPseudonym());
  }

  @Test
  void whoTakesPartIsReportedByPseudonym() {
    List<TestDevice> devices = TestDevice.enroll(relay, federation, 3);
    TestRound round = TestRound.secure(federation, 3, builder -> builder).open(relay);
    devices.forEach(device -> {
      var unused = device.join(relay).advertise(relay);
    });
    String id = HexFormat.of().formatHex(round.roundId());
    for (int i = 0; i < 200 && reports("participation.recorded").isEmpty(); i++) {
      assertThat(relay.session(round.roundId()).getAdvertised()).isEqualTo(3);
    }
    String report = reports("participation.recorded").getFirst();
    assertThat(report).contains(id);
    for (String enrolled : reports("device.enrolled")) {
      String pseudonym = enrolled.replaceAll(".*\"pseudonym\": \"([0-9a-f]{32})\".*", "$1");
      assertThat(report).contains(pseudonym);
    }
    assertThat(reports("session.advertise")).hasSize(1);
    assertThat(reports("session.roster-closed")).hasSize(1);
  }

  @Test
  void whoIsUnknownIsNotExcludedAndNotRepeated() {
    for (String device :
        List.of(UUID.randomUUID().toString(), "0".repeat(32), "somebody@example.com")) {
      assertThatThrownBy(() ->
              relay
                  .deviceRecords()
                  .excludeDevice(
                      ExcludeDeviceRequest.newBuilder()
                          .setFederation(federation)
                          .setDevice(device)
                          .build()))
          .isInstanceOf(StatusRuntimeException.class)
          .hasMessageNotContaining(device);
    }
  }

  @Test
  void reportsNameDevicesByPseudonymOnly() {
    List<TestDevice> devices = TestDevice.enroll(relay, federation, 2);
    assertThat(reports("device.codes-created")).isNotEmpty();
    assertThat(reports("device.enrolled")).hasSize(2);
    String all =
        pool.preparedQuery(
                "SELECT string_agg(data, ',') AS data FROM relay.audit_outbox WHERE federation = $1")
            .executeAndAwait(Tuple.of(federation))
            .iterator()
            .next()
            .getString("data");
    for (TestDevice device : devices) {
      assertThat(all)
          .doesNotContain(device.deviceId())
          .doesNotContain(device.deviceId().replace("-", ""))
          .doesNotContain(device.enrolled().getDeviceToken())
          .doesNotContain(HexFormat.of().formatHex(device.key().publicKey()));
    }
  }

  @Test
  void aWrongTokenIsReportedWithoutTheToken() {
    String token = "odt_" + "A".repeat(43);
    assertUnauthenticated(token);
    List<String> failed = new ArrayList<>();
    for (int i = 0; i < 100 && failed.isEmpty(); i++) {
      for (Row row :
          pool.query(
                  "SELECT data FROM relay.audit_outbox WHERE type = 'authentication.failed' AND data LIKE '%CheckIn%'")
              .executeAndAwait()) {
        failed.add(row.getString("data"));
      }
    }
    assertThat(failed).isNotEmpty().noneMatch(data -> data.contains(token));
  }

  @Test
  void aPseudonymIsOfOneFederationAndOneKey() {
    UUID device = UUID.fromString("00112233-4455-4677-8899-aabbccddeeff");
    Bytes key = Bytes.of(new byte[32]);
    Pseudonym here = Pseudonym.of(key, new FederationName("clinic"), device);
    // Computed with: printf 'octomil/v1/pseudonym\0clinic\0' and the 16 octets, openssl dgst
    // -sha256 -mac HMAC.
    assertThat(here.hex()).isEqualTo("b8779637b86b3cd10f9ff98c33390fbf");
    assertThat(Pseudonym.of(key, new FederationName("other"), device)).isNotEqualTo(here);
    byte[] another = new byte[32];
    another[0] = 1;
    assertThat(Pseudonym.of(Bytes.of(another), new FederationName("clinic"), device))
        .isNotEqualTo(here);
    assertThat(Pseudonym.parse(here.hex())).isEqualTo(here);
  }
}
