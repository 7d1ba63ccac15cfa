package com.octomil.privacy.relay;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.not;

import com.google.protobuf.ByteString;
import com.octomil.privacy.kit.test.EmbeddedPostgresResource;
import com.octomil.privacy.kit.test.ServiceTokenResource;
import com.octomil.privacy.proto.secagg.v1.DeviceCertificateContent;
import com.octomil.privacy.proto.secagg.v1.EnrollRequest;
import com.octomil.privacy.proto.secagg.v1.EnrollResponse;
import com.octomil.privacy.relay.app.Housekeeping;
import com.octomil.privacy.relay.testing.PeersResource;
import com.octomil.privacy.relay.testing.Relay;
import com.octomil.privacy.relay.testing.TestDevice;
import com.octomil.privacy.secagg.keyagreement.SigningKeyPair;
import com.octomil.privacy.secagg.wire.Transcripts;
import io.grpc.StatusRuntimeException;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.http.ContentType;
import io.restassured.response.ValidatableResponse;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.inject.Inject;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.assertj.core.api.ThrowableAssertAlternative;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Enrolment by devices and the REST face for operators. */
@QuarkusTest
@QuarkusTestResource(EmbeddedPostgresResource.class)
@QuarkusTestResource(ServiceTokenResource.class)
@QuarkusTestResource(PeersResource.class)
class EnrollmentTest {

  @Inject Pool pool;
  @Inject Housekeeping housekeeping;

  private Relay relay;

  @BeforeEach
  void connect() {
    relay = new Relay();
  }

  @AfterEach
  void disconnect() {
    relay.close();
  }

  private static SigningKeyPair key() {
    return SigningKeyPair.generate(new SecureRandom());
  }

  private static ThrowableAssertAlternative<StatusRuntimeException> assertRefused(
      String error, ThrowingCallable call) {
    return assertThatExceptionOfType(StatusRuntimeException.class)
        .isThrownBy(call)
        .satisfies(failure -> assertThat(Relay.errorOf(failure)).isEqualTo(error));
  }

  private static byte[] authorityKey() {
    return Base64.getDecoder()
        .decode(
            given()
                .get("/api/v1/enrollment-authority")
                .then()
                .statusCode(200)
                .body("algorithm", equalTo("Ed25519"))
                .extract()
                .<String>path("public_key"));
  }

  @Test
  void aCodeBuysATokenAndACertificate() throws Exception {
    SigningKeyPair key = key();
    TestDevice device = TestDevice.enroll(relay, relay.codes("enrolment", 1).getFirst(), key, "eu");
    EnrollResponse enrolled = device.enrolled();
    assertThat(enrolled.getDeviceToken()).startsWith("odt_").hasSize(47);
    assertThat(enrolled.getFederation()).isEqualTo("enrolment");
    assertThat(enrolled.getEnrollmentAuthorityKey().toByteArray()).isEqualTo(authorityKey());
    assertThat(
            SigningKeyPair.verify(
                authorityKey(),
                Transcripts.certificate(enrolled.getCertificate().getContent().toByteArray()),
                enrolled.getCertificate().getSignature().toByteArray()))
        .isTrue();
    DeviceCertificateContent content =
        DeviceCertificateContent.parseFrom(enrolled.getCertificate().getContent());
    assertThat(content.getDevicePublicKey().toByteArray()).isEqualTo(key.publicKey());
    assertThat(content.getFederation()).isEqualTo("enrolment");
    assertThat(content.getNotAfter()).isEqualTo(enrolled.getTokenExpiresAt());
    Instant now = Instant.now();
    assertThat(Instant.ofEpochMilli(content.getNotBefore()))
        .isBetween(now.minus(2, ChronoUnit.HOURS), now);
    assertThat(Instant.ofEpochMilli(content.getNotAfter()))
        .isBetween(now.plus(89, ChronoUnit.DAYS), now.plus(91, ChronoUnit.DAYS));
  }

  @Test
  void onlyHashesOfCodesAndTokensAreStored() throws Exception {
    Relay.Code code = relay.codes("hashes", 1).getFirst();
    TestDevice device = TestDevice.enroll(relay, code, key(), "");
    Row row =
        pool.preparedQuery(
                """
                SELECT c.code_hash, t.token_hash, c::text || d::text || t::text AS everything
                FROM relay.enrollment_code c JOIN relay.device d USING (device_id)
                    JOIN relay.device_token t USING (device_id)
                WHERE device_id = $1
                """)
            .executeAndAwait(Tuple.of(UUID.fromString(device.deviceId())))
            .iterator()
            .next();
    assertThat(row.getBuffer("code_hash").getBytes()).isEqualTo(sha256(code.code()));
    String token = device.enrolled().getDeviceToken();
    assertThat(row.getBuffer("token_hash").getBytes()).isEqualTo(sha256(token));
    assertThat(row.getString("everything")).doesNotContain(code.code()).doesNotContain(token);
  }

  private static byte[] sha256(String text) throws Exception {
    return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void theSameEnrolmentAgainHasTheSameAnswer() {
    Relay.Code code = relay.codes("again", 1).getFirst();
    EnrollRequest request = TestDevice.request(code.code(), key(), "");
    EnrollResponse first = relay.devices().enroll(request);
    assertThat(relay.devices().enroll(request)).isEqualTo(first);
    assertRefused(
            "conflict", () -> relay.devices().enroll(TestDevice.request(code.code(), key(), "")))
        .withMessageContaining("another key");
    relay.revoke("again", code.deviceId());
    assertRefused("unauthenticated", () -> relay.devices().enroll(request));
  }

  @Test
  void aKeyIsEnrolledOncePerFederation() {
    SigningKeyPair key = key();
    List<Relay.Code> codes = relay.codes("one-key", 2);
    TestDevice.enroll(relay, codes.get(0), key, "");
    assertRefused(
        "conflict", () -> relay.devices().enroll(TestDevice.request(codes.get(1).code(), key, "")));
    // The code is not spent by the refusal, and another federation knows nothing of the key.
    TestDevice.enroll(relay, codes.get(1), key(), "");
    TestDevice.enroll(relay, relay.codes("another-key", 1).getFirst(), key, "");
  }

  @Test
  void badEnrolmentsAreRefused() {
    Relay.Code code = relay.codes("bad-enrolments", Map.of("count", 1, "region", "eu")).getFirst();
    EnrollRequest good = TestDevice.request(code.code(), key(), "");
    assertRefused(
        "unauthenticated",
        () -> relay.devices().enroll(TestDevice.request("oec_" + "A".repeat(43), key(), "")));
    assertRefused(
            "unauthenticated",
            () ->
                relay
                    .devices()
                    .enroll(
                        good.toBuilder()
                            .setProofOfPossession(ByteString.copyFrom(new byte[64]))
                            .build()))
        .withMessageContaining("proof_of_possession");
    assertRefused(
        "unauthenticated",
        () ->
            relay
                .devices()
                .enroll(
                    good.toBuilder()
                        .setDevicePublicKey(ByteString.copyFrom(key().publicKey()))
                        .build()));
    assertRefused(
            "invalid-request",
            () -> relay.devices().enroll(good.toBuilder().clearDevicePublicKey().build()))
        .withMessageContaining("device_public_key");
    assertRefused(
            "invalid-value",
            () -> relay.devices().enroll(TestDevice.request(code.code(), key(), "us")))
        .withMessageContaining("region");
    assertRefused(
            "invalid-request",
            () -> relay.devices().enroll(TestDevice.request(code.code(), key(), "E U")))
        .withMessageContaining("region");
    // Nothing of all that has spent the code.
    assertThat(relay.devices().enroll(good).getDeviceToken()).startsWith("odt_");
  }

  @Test
  void anExpiredCodeIsRefused() {
    Relay.Code code = relay.codes("expired", 1).getFirst();
    pool.preparedQuery("UPDATE relay.enrollment_code SET expires_at = now() WHERE device_id = $1")
        .executeAndAwait(Tuple.of(UUID.fromString(code.deviceId())));
    assertRefused(
            "unauthenticated",
            () -> relay.devices().enroll(TestDevice.request(code.code(), key(), "")))
        .withMessageContaining("expired");
  }

  @Test
  void codesAreRemovedAWeekAfterTheyExpired() {
    List<Relay.Code> codes = relay.codes("purged", 2);
    pool.preparedQuery(
            """
            UPDATE relay.enrollment_code SET expires_at = now() - make_interval(days => $2)
            WHERE device_id = $1
            """)
        .executeBatchAndAwait(
            List.of(
                Tuple.of(UUID.fromString(codes.get(0).deviceId()), 8),
                Tuple.of(UUID.fromString(codes.get(1).deviceId()), 6)));
    housekeeping.purgeCodes();
    List<UUID> left = new ArrayList<>();
    for (Row row :
        pool.query("SELECT device_id FROM relay.enrollment_code WHERE federation = 'purged'")
            .executeAndAwait()) {
      left.add(row.getUUID("device_id"));
    }
    assertThat(left).containsExactly(UUID.fromString(codes.get(1).deviceId()));
  }

  @Test
  void anExpiredTokenIsRefusedAndCounted() {
    TestDevice device = TestDevice.enroll(relay, "expired-tokens", 1).getFirst();
    pool.preparedQuery("UPDATE relay.device_token SET expires_at = now() WHERE device_id = $1")
        .executeAndAwait(Tuple.of(UUID.fromString(device.deviceId())));
    assertRefused("unauthenticated", () -> device.checkIn(relay, key()));
    as("edg_reader")
        .get("/api/v1/federations/expired-tokens/devices")
        .then()
        .statusCode(200)
        .body("devices", hasSize(1))
        .body("devices[0].state", equalTo("expired"));
  }

  private static io.restassured.specification.RequestSpecification as(String key) {
    return given().header("Authorization", "Bearer " + key);
  }

  @Test
  void devicesAreCountedByStateAndRegion() {
    List<TestDevice> devices = TestDevice.enroll(relay, "census", 3);
    TestDevice.enroll(
        relay, relay.codes("census", Map.of("count", 1, "region", "eu")).getFirst(), key(), "");
    relay.codes("census", 2);
    relay.revoke("census", devices.get(0).deviceId());
    relay.revoke("census", devices.get(0).deviceId());
    as("edg_auditor")
        .get("/api/v1/federations/census/devices")
        .then()
        .statusCode(200)
        .body("federation", equalTo("census"))
        .body("total", equalTo(4))
        .body("open_enrollment_codes", equalTo(2))
        .body("devices.find { it.state == 'enrolled' && it.region == null }.count", equalTo(2))
        .body("devices.find { it.state == 'enrolled' && it.region == 'eu' }.count", equalTo(1))
        .body("devices.find { it.state == 'revoked' }.count", equalTo(1))
        .body(not(containsString(devices.get(1).deviceId())));
  }

  @Test
  void aDeviceOfAnotherFederationIsNotFound() {
    TestDevice device = TestDevice.enroll(relay, "mine", 1).getFirst();
    as("edg_operator")
        .delete("/api/v1/federations/theirs/devices/" + device.deviceId())
        .then()
        .statusCode(404)
        .contentType("application/problem+json");
    as("edg_operator")
        .delete("/api/v1/federations/mine/devices/" + UUID.randomUUID())
        .then()
        .statusCode(404);
    as("edg_operator")
        .delete("/api/v1/federations/mine/devices/1-2-3")
        .then()
        .statusCode(400)
        .body("errors[0].field", equalTo("device_id"));
    assertThat(device.checkIn(relay, key()).hasNoRound()).isTrue();
  }

  private static ValidatableResponse postCodes(String key, String federation, String body) {
    return as(key)
        .contentType(ContentType.JSON)
        .body(body)
        .post("/api/v1/federations/" + federation + "/devices/enrollment-codes")
        .then();
  }

  @Test
  void codesSayWhatTheyAreFor() {
    Instant before = Instant.now();
    ValidatableResponse response =
        postCodes("edg_admin", "codes", "{\"count\": 3, \"expires_in\": 3600, \"region\": \"eu\"}");
    response
        .statusCode(201)
        .header("Cache-Control", containsString("no-store"))
        .body("federation", equalTo("codes"))
        .body("region", equalTo("eu"))
        .body("codes", hasSize(3));
    assertThat(Instant.parse(response.extract().<String>path("expires_at")))
        .isBetween(before.plusSeconds(3_590), before.plusSeconds(3_660));
    assertThat(response.extract().<List<String>>path("codes.code"))
        .doesNotHaveDuplicates()
        .allMatch(code -> code.startsWith("oec_") && code.length() == 47);
  }

  @Test
  void aPinnedFederationEnrolsOnlyDevicesOfItsRegionsAndOnlyThere() {
    String refused = "urn:octomil:problem:region-refused";
    postCodes("edg_admin", PeersResource.PINNED_ELSEWHERE, "{\"count\": 1, \"region\": \"us\"}")
        .statusCode(403)
        .body("type", equalTo(refused))
        .body("detail", containsString("this service is in 'eu'"));
    String elsewhere = "/api/v1/federations/" + PeersResource.PINNED_ELSEWHERE + "/devices";
    as("edg_admin").get(elsewhere).then().statusCode(403).body("type", equalTo(refused));
    as("edg_admin")
        .delete(elsewhere + "/" + UUID.randomUUID())
        .then()
        .statusCode(403)
        .body("type", equalTo(refused));
    postCodes("edg_admin", PeersResource.PINNED_HERE, "{\"count\": 1, \"region\": \"us\"}")
        .statusCode(403)
        .body("type", equalTo(refused))
        .body("detail", containsString("the device is in 'us'"));
    postCodes("edg_admin", PeersResource.PINNED_HERE, "{\"count\": 1}")
        .statusCode(403)
        .body("detail", containsString("the device has no region"));
    Relay.Code code =
        relay.codes(PeersResource.PINNED_HERE, Map.of("count", 1, "region", "eu")).getFirst();
    assertThat(relay.devices().enroll(TestDevice.request(code.code(), key(), "")).getDeviceToken())
        .startsWith("odt_");
  }

  @Test
  void tenThousandCodesAtOnce() {
    postCodes("edg_admin", "many", "{\"count\": 10000}")
        .statusCode(201)
        .body("codes", hasSize(10_000));
    as("edg_reader")
        .get("/api/v1/federations/many/devices")
        .then()
        .body("open_enrollment_codes", equalTo(10_000));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{} | 400 | count",
        "{\"count\": 0} | 422 | count",
        "{\"count\": -1} | 422 | count",
        "{\"count\": 10001} | 422 | count",
        "{\"count\": 1.5} | 400 | count",
        "{\"count\": \"1\"} | 400 | count",
        "{\"count\": NaN} | 400 | ``",
        "{\"count\": 1, \"colour\": 1} | 400 | colour",
        "{\"count\": 1, \"expires_in\": 59} | 422 | expires_in",
        "{\"count\": 1, \"expires_in\": -5} | 422 | expires_in",
        "{\"count\": 1, \"expires_in\": 9223372036854775807} | 422 | expires_in",
        "{\"count\": 1, \"expires_in\": \"1h\"} | 400 | expires_in",
        "{\"count\": 1, \"region\": \"E U\"} | 400 | region",
        "{\"count\": 1, \"region\": 7} | 400 | region",
        "{\"count\": 1 | 400 | ``",
        "[] | 400 | ``",
        "null | 400 | body",
      })
  void badRequestsForCodesAreRefusedByField(String body, int status, String field) {
    ValidatableResponse response =
        postCodes("edg_admin", "bad-codes", body)
            .statusCode(status)
            .contentType("application/problem+json")
            .body("status", equalTo(status));
    if (!field.isEmpty()) {
      response.body("errors[0].field", equalTo(field));
    }
    as("edg_reader")
        .get("/api/v1/federations/bad-codes/devices")
        .then()
        .body("open_enrollment_codes", equalTo(0));
  }

  @Test
  void aBodyIsLimited() {
    postCodes("edg_admin", "big", "{\"count\": 1, \"region\": \"" + "a".repeat(100_000) + "\"}")
        .statusCode(413);
  }

  @Test
  void namesAreDnsLabels() {
    postCodes("edg_admin", "Not_a_label", "{\"count\": 1}")
        .statusCode(400)
        .body("errors[0].field", equalTo("federation"))
        .body("errors[0].value", equalTo("Not_a_label"));
    as("edg_admin").get("/api/v1/federations/-/devices").then().statusCode(400);
  }

  @Test
  void keysAndScopesAreChecked() {
    String body = "{\"count\": 1}";
    given()
        .contentType(ContentType.JSON)
        .body(body)
        .post("/api/v1/federations/clinic/devices/enrollment-codes")
        .then()
        .statusCode(401);
    postCodes("edg_unknown", "clinic", body).statusCode(401);
    postCodes("edg_reader", "clinic", body).statusCode(403);
    postCodes("edg_auditor", "clinic", body).statusCode(403);
    postCodes("edg_clinic", "clinic", body).statusCode(201);
    postCodes("edg_clinic", "hospital", body).statusCode(403);
    as("edg_clinic").get("/api/v1/federations/hospital/devices").then().statusCode(403);
    as("edg_reader")
        .delete("/api/v1/federations/clinic/devices/" + UUID.randomUUID())
        .then()
        .statusCode(403);
  }

  @Test
  void theBudgetServiceIsAskedAgainOnlyWhenThatHelps() {
    // The first call fails, the retry succeeds.
    as("edg_flaky").get("/api/v1/federations/clinic/devices").then().statusCode(200);
    // Known once, then never again: the answer is remembered for some seconds.
    as("edg_once").get("/api/v1/federations/clinic/devices").then().statusCode(200);
    as("edg_once").get("/api/v1/federations/clinic/devices").then().statusCode(200);
    as("edg_down")
        .get("/api/v1/federations/clinic/devices")
        .then()
        .statusCode(503)
        .contentType("application/problem+json")
        .header("Retry-After", equalTo("1"))
        .body(not(containsString("grpc")));
    // So many failures open the circuit; it closes by itself once calls succeed.
    Instant deadline = Instant.now().plusSeconds(20);
    int status = 0;
    for (int i = 0; status != 200 && Instant.now().isBefore(deadline); i++) {
      status =
          as("edg_healthy_" + i)
              .get("/api/v1/federations/clinic/devices")
              .then()
              .extract()
              .statusCode();
      assertThat(status).isIn(200, 503);
    }
    assertThat(status).isEqualTo(200);
  }
}
