package com.octomil.privacy.budget.compliance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.octomil.privacy.audit.Checkpoint;
import com.octomil.privacy.audit.VerificationKey;
import com.octomil.privacy.budget.test.Api;
import com.octomil.privacy.budget.test.BudgetResources;
import com.octomil.privacy.budget.test.Internal;
import com.octomil.privacy.kit.error.ErrorCode;
import com.octomil.privacy.kit.grpc.GrpcFailures;
import com.octomil.privacy.kit.test.EmbeddedPostgresResource;
import com.octomil.privacy.kit.test.ServiceTokenResource;
import com.octomil.privacy.proto.budget.v1.ReserveRequest;
import com.octomil.privacy.proto.budget.v1.ReserveResponse;
import io.grpc.StatusRuntimeException;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.path.json.JsonPath;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.eclipse.microprofile.config.ConfigProvider;
import org.junit.jupiter.api.Test;

@QuarkusTest
@QuarkusTestResource(EmbeddedPostgresResource.class)
@QuarkusTestResource(ServiceTokenResource.class)
@QuarkusTestResource(BudgetResources.class)
class ComplianceApiTest {

  private final String federation = Api.newName();
  private final String base = "/api/v1/federations/" + federation;

  private static String body(String epsilon, boolean masked, String more) {
    return """
    {"differential_privacy": {"enabled": true, "epsilon": %s, "delta": 1e-5, "noise_multiplier": 8,
      "max_grad_norm": 1.0},
     "secure_aggregation": {"enabled": %b, "min_participating_clients": 10, "reconstruction_threshold": 0.6}%s}
    """
        .formatted(epsilon, masked, more);
  }

  private static ReserveResponse reserve(Internal internal, String federation, String region) {
    return internal
        .ledger()
        .reserve(
            ReserveRequest.newBuilder()
                .setFederation(federation)
                .setRoundId(Internal.newRound())
                .setAttempt(1)
                .setRegion(region)
                .build());
  }

  private static Internal internal() {
    return new Internal(
        ConfigProvider.getConfig().getValue("quarkus.grpc.server.test-port", Integer.class));
  }

  private JsonPath report() {
    return Api.admin().get(base + "/compliance").then().statusCode(200).extract().jsonPath();
  }

  private boolean holds(String clause) {
    return report().getBoolean("findings.find { it.clause == '" + clause + "' }.holds");
  }

  @Test
  void whatHipaaForbidsIsRefusedWithTheClause() {
    String hipaa = ", \"compliance_profile\": \"hipaa\"";
    Api.put(federation, body("4.5", true, hipaa))
        .statusCode(422)
        .body("errors[0].message", containsString("clause hipaa-epsilon"));
    Api.put(federation, body("2", false, hipaa))
        .statusCode(422)
        .body("errors[0].message", containsString("clause hipaa-secure-aggregation"));
    Api.put(federation, body("2", true, hipaa)).statusCode(201);
    JsonPath report = report();
    assertThat(report.getString("profile")).isEqualTo("hipaa");
    assertThat(report.getBoolean("complies")).isTrue();
    for (String clause :
        new String[] {
          "hipaa-differential-privacy",
          "hipaa-epsilon",
          "hipaa-secure-aggregation",
          "hipaa-audit",
          "hipaa-pseudonyms",
          "budget-kept"
        }) {
      assertThat(report.getBoolean("findings.find { it.clause == '" + clause + "' }.applies"))
          .as(clause)
          .isTrue();
    }
    // What a stricter profile would ask for is there too, and does not decide.
    assertThat(report.getBoolean("findings.find { it.clause == 'gdpr-regions' }.applies"))
        .isFalse();
    assertThat(report.getBoolean("findings.find { it.clause == 'gdpr-regions' }.holds")).isFalse();
  }

  @Test
  void aReportSaysWhatDoesNotHold() {
    Api.put(federation, body("6", false, "")).statusCode(201);
    assertThat(holds("hipaa-epsilon")).isFalse();
    assertThat(holds("hipaa-secure-aggregation")).isFalse();
    assertThat(report().getBoolean("complies")).isTrue();
  }

  @Test
  void gdprNeedsABundleBeforeTheFirstRoundOfEachVersion() {
    Api.put(federation, body("2", true, ", \"compliance_profile\": \"gdpr\""))
        .statusCode(422)
        .body("errors[0].message", containsString("clause gdpr-regions"));
    Api.put(
            federation,
            body("2", true, ", \"compliance_profile\": \"gdpr\", \"regions\": [\"eu\"]"))
        .statusCode(201);
    try (Internal internal = internal()) {
      assertNoBundle(internal);
      assertThat(holds("gdpr-dpia")).isFalse();
      Api.admin().post(base + "/dpia-bundles").then().statusCode(201);
      assertThat(reserve(internal, federation, "eu").hasReserved()).isTrue();
      assertThat(holds("gdpr-dpia")).isTrue();
      assertThat(report().getBoolean("complies")).isTrue();
      Api.admin()
          .body("{\"reason\": \"second study\"}")
          .post(base + "/versions")
          .then()
          .statusCode(201);
      assertNoBundle(internal);
      Api.admin().post(base + "/dpia-bundles").then().statusCode(201).body("version", equalTo(2));
      assertThat(reserve(internal, federation, "eu").hasReserved()).isTrue();
    }
  }

  private void assertNoBundle(Internal internal) {
    assertThatExceptionOfType(StatusRuntimeException.class)
        .isThrownBy(() -> reserve(internal, federation, "eu"))
        .satisfies(refused -> {
          assertThat(GrpcFailures.translate(refused).code())
              .isEqualTo(ErrorCode.COMPLIANCE_REFUSED);
          assertThat(refused.getMessage()).contains("gdpr-dpia");
        });
  }

  private static Map<String, String> unzip(byte[] archive) throws Exception {
    Map<String, String> files = new TreeMap<>();
    try (ZipInputStream zip = new ZipInputStream(new ByteArrayInputStream(archive))) {
      for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
        files.put(entry.getName(), new String(zip.readAllBytes(), StandardCharsets.UTF_8));
      }
    }
    return files;
  }

  @Test
  void aBundleHasAllThatAnAssessmentAsksForAndIsSigned() throws Exception {
    Api.put(federation, body("2", true, "")).statusCode(201);
    Api.put(federation, body("3", true, "")).statusCode(200);
    try (Internal internal = internal()) {
      for (int i = 0; i < 3; i++) {
        String unused = internal.commit(internal.reserved(federation), 20 + i, 18 - i);
      }
    }
    JsonPath made =
        Api.admin().post(base + "/dpia-bundles").then().statusCode(201).extract().jsonPath();
    byte[] archive =
        Api.admin()
            .get(base + "/dpia-bundles/" + made.getString("id"))
            .then()
            .statusCode(200)
            .contentType("application/zip")
            .extract()
            .asByteArray();
    assertThat(HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(archive)))
        .isEqualTo(made.getString("sha256"));
    Map<String, String> files = unzip(archive);
    assertThat(files.keySet())
        .contains(
            "dpia.json",
            "dpia.html",
            "checkpoint.json",
            "audit-key.pem",
            "configurations/version-1-configuration-1.json",
            "configurations/version-1-configuration-2.json");
    JsonNode dpia = new ObjectMapper().readTree(files.get("dpia.json"));
    assertThat(dpia.at("/guarantee/theorem").asText()).isEqualTo("analytic_gaussian");
    assertThat(dpia.at("/guarantee/epsilon_budget").decimalValue()).isEqualByComparingTo("3");
    assertThat(dpia.at("/guarantee/epsilon_per_round").decimalValue()).isPositive();
    assertThat(dpia.at("/privacy/differential_privacy/adjacency").asText()).isEqualTo("add_remove");
    assertThat(dpia.at("/rounds")).hasSize(3);
    assertThat(dpia.at("/cohorts/survivors/least").asInt()).isEqualTo(16);
    assertThat(dpia.at("/cohorts/cohort/most").asInt()).isEqualTo(22);
    assertThat(dpia.at("/changes")).hasSize(2);
    assertThat(dpia.at("/compliance/findings")).isNotEmpty();
    assertThat(dpia.at("/retention_and_services")).isNotEmpty();
    Checkpoint checkpoint = Checkpoint.parse(files.get("checkpoint.json"));
    assertThat(checkpoint.federation()).isEqualTo(federation);
    assertThat(checkpoint.isSignedBy(VerificationKey.parse(files.get("audit-key.pem")))).isTrue();
    assertThat(files.get("dpia.html"))
        .contains("Data protection impact assessment", "<svg", "16 to 18")
        .doesNotContain("<script");
    Api.admin()
        .get(base + "/dpia-bundles")
        .then()
        .statusCode(200)
        .body("bundles[0].id", equalTo(made.getString("id")));
    Api.admin().get(base + "/dpia-bundles/nonsense").then().statusCode(400);
    Api.admin()
        .get(base + "/dpia-bundles/00000000-0000-4000-8000-000000000000")
        .then()
        .statusCode(404);
  }

  @Test
  void aBundleSaysThatTheNormIsAdaptive() throws Exception {
    Api.put(
            federation,
            body("2", true, "")
                .replace(
                    "\"max_grad_norm\": 1.0",
                    "\"max_grad_norm\": 1.0, \"adaptive_clipping\": {\"enabled\": true}"))
        .statusCode(201);
    String id =
        Api.admin().post(base + "/dpia-bundles").then().statusCode(201).extract().path("id");
    Map<String, String> files =
        unzip(Api.admin().get(base + "/dpia-bundles/" + id).then().extract().asByteArray());
    assertThat(
            new ObjectMapper()
                .readTree(files.get("dpia.json"))
                .at("/privacy/differential_privacy/adaptive_clipping/target_quantile")
                .doubleValue())
        .isEqualTo(0.5);
    assertThat(files.get("dpia.html")).contains("of the first round", "that the norm follows");
  }

  @Test
  void namesInABundleCannotBecomeMarkup() throws Exception {
    Api.put(federation, body("2", true, "")).statusCode(201);
    Api.admin()
        .body("{\"epsilon\": 1, \"reason\": \"<script>alert(1)</script>\"}")
        .post(Api.privacy(federation) + "/budget/allocations")
        .then()
        .statusCode(201);
    String id =
        Api.admin().post(base + "/dpia-bundles").then().statusCode(201).extract().path("id");
    assertThat(
            unzip(Api.admin().get(base + "/dpia-bundles/" + id).then().extract().asByteArray())
                .get("dpia.html"))
        .doesNotContain("<script");
  }
}
