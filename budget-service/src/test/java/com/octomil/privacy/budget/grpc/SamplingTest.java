package com.octomil.privacy.budget.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.not;
import static org.hamcrest.Matchers.nullValue;

import com.octomil.privacy.budget.test.Api;
import com.octomil.privacy.budget.test.BudgetResources;
import com.octomil.privacy.budget.test.Internal;
import com.octomil.privacy.kit.test.EmbeddedPostgresResource;
import com.octomil.privacy.kit.test.ServiceTokenResource;
import com.octomil.privacy.proto.budget.v1.ComplianceProfile;
import com.octomil.privacy.proto.budget.v1.ReserveRequest;
import com.octomil.privacy.proto.budget.v1.Reserved;
import com.octomil.privacy.proto.budget.v1.Sampler;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.path.json.JsonPath;
import org.eclipse.microprofile.config.ConfigProvider;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@QuarkusTest
@QuarkusTestResource(EmbeddedPostgresResource.class)
@QuarkusTestResource(ServiceTokenResource.class)
@QuarkusTestResource(BudgetResources.class)
class SamplingTest {

  private Internal internal;
  private String federation;

  @BeforeEach
  void connect() {
    internal =
        new Internal(
            ConfigProvider.getConfig().getValue("quarkus.grpc.server.test-port", Integer.class));
    federation = Api.newName();
  }

  @AfterEach
  void disconnect() {
    internal.close();
  }

  private static String body(String noise, String differentialPrivacy, String more) {
    return """
    {"differential_privacy": {"enabled": true, "epsilon": 2, "delta": 1e-5, "noise_multiplier": %s,
      "max_grad_norm": 1.0%s},
     "secure_aggregation": {"enabled": true, "min_participating_clients": 10, "reconstruction_threshold": 0.6}%s}
    """
        .formatted(noise, differentialPrivacy, more);
  }

  private static String poisson(String noise) {
    return body(noise, ", \"sampling\": \"poisson\", \"sampling_rate\": 0.01", "");
  }

  private Reserved reserve(Sampler sampler) {
    return internal
        .ledger()
        .reserve(
            ReserveRequest.newBuilder()
                .setFederation(federation)
                .setRoundId(Internal.newRound())
                .setAttempt(1)
                .setSampler(sampler)
                .build())
        .getReserved();
  }

  private JsonPath budget() {
    return Api.budget(federation).statusCode(200).extract().jsonPath();
  }

  @Test
  void aRegisteredScheduleIsChargedByItsPrivacyLossDistribution() {
    Api.put(federation, poisson("1.0"))
        .statusCode(201)
        .body("differential_privacy.sampling", equalTo("poisson"))
        .body("differential_privacy.sampling_rate", equalTo(0.01f))
        .body("meaning.accountant", equalTo("privacy_loss_distribution"))
        .body("meaning.warnings.code", hasItem("sampling_must_be_real"));
    Reserved reserved = reserve(Sampler.SAMPLER_POISSON);
    assertThat(reserved.getSampling().getRate()).isEqualTo(0.01);
    assertThat(reserved.getConfiguration().getDifferentialPrivacy().getSampling().getRate())
        .isEqualTo(0.01);
    assertThat(Double.parseDouble(reserved.getEpsilonAfter())).isBetween(0.1, 0.3);
    internal.commit(reserved.getReservationId(), 20, 20);
    assertThat(budget().getString("accountant")).isEqualTo("privacy_loss_distribution");
    assertThat(budget().getInt("rounds_affordable")).isGreaterThan(500);
    Api.admin()
        .get(Api.privacy(federation) + "/budget/rounds")
        .then()
        .body("rounds[0].sampling_rate", equalTo(0.01f));
  }

  @Test
  void aChangeOfTheScheduleTurnsToTheRenyiFilterAndSpentNeverFalls() {
    Api.put(federation, poisson("1.0")).statusCode(201);
    String first = internal.commit(reserve(Sampler.SAMPLER_POISSON).getReservationId(), 20, 20);
    Api.put(federation, poisson("1.5"))
        .statusCode(200)
        .body("meaning.accountant", equalTo("renyi_filter"));
    assertThat(budget().getString("accountant_reason")).contains("schedule changed");
    String second = internal.commit(reserve(Sampler.SAMPLER_POISSON).getReservationId(), 20, 20);
    assertThat(Double.parseDouble(second)).isGreaterThan(Double.parseDouble(first));
    // Back to where it was, the rounds that ran are still of two kinds.
    Api.put(federation, poisson("1.0"))
        .statusCode(200)
        .body("meaning.accountant", equalTo("renyi_filter"));
    // The parser reads fractions as float.
    assertThat(budget().getDouble("epsilon_spent"))
        .isCloseTo(Double.parseDouble(second), within(1e-6));
    String third = internal.commit(reserve(Sampler.SAMPLER_POISSON).getReservationId(), 20, 20);
    assertThat(Double.parseDouble(third)).isGreaterThanOrEqualTo(Double.parseDouble(second));
  }

  @Test
  void whoDoesNotSampleIsChargedInFull() {
    Api.put(federation, poisson("8")).statusCode(201);
    Reserved reserved = reserve(Sampler.SAMPLER_UNSPECIFIED);
    assertThat(reserved.hasSampling()).isFalse();
    String full = Api.newName();
    Api.put(full, body("8", "", "")).statusCode(201);
    assertThat(reserved.getEpsilonAfter())
        .isEqualTo(internal.reserve(full, Internal.newRound(), 1).getReserved().getEpsilonAfter());
    Api.admin()
        .get(Api.privacy(federation) + "/budget/rounds")
        .then()
        .body("rounds[0].sampling_rate", nullValue());
    // And who samples although it was not configured gains nothing.
    federation = full;
    assertThat(reserve(Sampler.SAMPLER_POISSON).hasSampling()).isFalse();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        ", \"sampling\": \"poisson\" | 400 | differential_privacy.sampling_rate",
        ", \"sampling_rate\": 0.1 | 422 | differential_privacy.sampling_rate",
        ", \"sampling\": \"none\", \"sampling_rate\": 0.1 | 422 | differential_privacy.sampling_rate",
        ", \"sampling\": \"poisson\", \"sampling_rate\": 0 | 422 | differential_privacy.sampling_rate",
        ", \"sampling\": \"poisson\", \"sampling_rate\": 1 | 422 | differential_privacy.sampling_rate",
        ", \"sampling\": \"poisson\", \"sampling_rate\": 0.1, \"adjacency\": \"replace_one\" | 422"
            + " | differential_privacy.adjacency",
        ", \"adaptive_clipping\": {} | 400 | differential_privacy.adaptive_clipping.enabled",
        ", \"adaptive_clipping\": {\"enabled\": true, \"target_quantile\": 1} | 422"
            + " | differential_privacy.adaptive_clipping.target_quantile",
        ", \"adaptive_clipping\": {\"enabled\": true, \"learning_rate\": 0} | 422"
            + " | differential_privacy.adaptive_clipping.learning_rate",
        ", \"adaptive_clipping\": {\"enabled\": true, \"colour\": 0} | 400"
            + " | differential_privacy.adaptive_clipping.colour",
      })
  void badSchedulesAreNamed(String fields, int status, String field) {
    Api.put(federation, body("1.0", fields, ""))
        .statusCode(status)
        .body("errors[0].field", equalTo(field));
    Api.get(federation).statusCode(404);
  }

  @Test
  void sampledRoundsNeedSomeNoise() {
    Api.put(federation, poisson("0.4"))
        .statusCode(422)
        .body("errors[0].field", equalTo("differential_privacy.noise_multiplier"));
  }

  @Test
  void adaptiveClippingIsStoredAndHandedOn() {
    Api.put(federation, body("8", ", \"adaptive_clipping\": {\"enabled\": true}", ""))
        .statusCode(201)
        .body("differential_privacy.adaptive_clipping.enabled", equalTo(true))
        .body("differential_privacy.adaptive_clipping.target_quantile", equalTo(0.5f))
        .body("differential_privacy.adaptive_clipping.learning_rate", equalTo(0.2f));
    var adaptive =
        reserve(Sampler.SAMPLER_UNSPECIFIED)
            .getConfiguration()
            .getDifferentialPrivacy()
            .getAdaptiveClipping();
    assertThat(adaptive.getTargetQuantile()).isEqualTo(0.5);
    assertThat(adaptive.getLearningRate()).isEqualTo(0.2);
    assertThat(adaptive.getBitNoise()).isEqualTo(8);
    Api.put(federation, body("8", ", \"adaptive_clipping\": {\"enabled\": false}", ""))
        .statusCode(200)
        .body("differential_privacy.adaptive_clipping", nullValue());
  }

  @Test
  void updateAndClippingBitAreChargedAsOneRound() {
    Api.put(federation, body("8", "", ""))
        .statusCode(201)
        .body("meaning.warnings.code", not(hasItem("clipping_is_fixed")));
    String fixed = reserve(Sampler.SAMPLER_UNSPECIFIED).getEpsilonAfter();
    federation = Api.newName();
    Api.put(federation, body("8", ", \"adaptive_clipping\": {\"enabled\": true}", ""))
        .statusCode(201)
        .body("meaning.warnings.code", not(hasItem("clipping_is_fixed")))
        .body("meaning.warnings.code", not(hasItem("quantile_out_of_reach")));
    assertThat(reserve(Sampler.SAMPLER_UNSPECIFIED).getEpsilonAfter()).isEqualTo(fixed);
  }

  @Test
  void aNormThatCannotFollowTheUpdatesIsPointedOut() {
    String quantile = ", \"adaptive_clipping\": {\"enabled\": true, \"target_quantile\": 0.99}";
    Api.put(federation, body("8", quantile, ""))
        .statusCode(201)
        .body("meaning.warnings.code", hasItem("quantile_out_of_reach"));
    Api.put(
            federation,
            body("8", quantile, "")
                .replace("\"enabled\": true, \"epsilon\"", "\"enabled\": false, \"epsilon\""))
        .statusCode(200)
        .body("meaning.warnings.code", hasItem("clipping_is_fixed"));
  }

  @Test
  void devicesThatAddTheNoiseCannotCoverTheBit() {
    Api.put(
            federation,
            body(
                "8",
                ", \"noise_placement\": \"distributed\", \"adaptive_clipping\": {\"enabled\": true}",
                ""))
        .statusCode(422)
        .body("errors[0].field", equalTo("differential_privacy.noise_placement"))
        .body("errors[0].message", containsString("must be 'server' with adaptive_clipping"));
    Api.get(federation).statusCode(404);
  }

  @Test
  void aProfileRefusesWhatItForbids() {
    String hipaa = ", \"compliance_profile\": \"hipaa\"";
    Api.put(federation, body("8", "", hipaa).replace("\"epsilon\": 2", "\"epsilon\": 4.0001"))
        .statusCode(422)
        .body("errors[0].field", equalTo("differential_privacy.epsilon"));
    Api.put(
            federation,
            """
            {"differential_privacy": {"enabled": false}, "secure_aggregation": {"enabled": false},
             "compliance_profile": "hipaa"}
            """)
        .statusCode(422)
        .body(
            "errors.field",
            equalTo(
                java.util.List.of("differential_privacy.enabled", "secure_aggregation.enabled")));
    Api.put(federation, body("8", "", ", \"compliance_profile\": \"gdpr\""))
        .statusCode(422)
        .body("errors[0].field", equalTo("regions"));
    Api.put(federation, body("8", "", ", \"compliance_profile\": \"iso\""))
        .statusCode(422)
        .body("errors[0].field", equalTo("compliance_profile"));
    Api.get(federation).statusCode(404);

    Api.put(federation, body("8", "", hipaa))
        .statusCode(201)
        .body("compliance_profile", equalTo("hipaa"));
    assertThat(reserve(Sampler.SAMPLER_UNSPECIFIED).getConfiguration().getComplianceProfile())
        .isEqualTo(ComplianceProfile.COMPLIANCE_PROFILE_HIPAA);
    // An allocation is a change like any other.
    String allocations = Api.privacy(federation) + "/budget/allocations";
    Api.admin()
        .body("{\"epsilon\": 2.5, \"reason\": \"more\"}")
        .post(allocations)
        .then()
        .statusCode(409)
        .body("errors[0].field", equalTo("epsilon"));
    Api.admin()
        .body("{\"epsilon\": 2, \"reason\": \"more\"}")
        .post(allocations)
        .then()
        .statusCode(201);
    Api.put(
            Api.newName(),
            body("8", "", ", \"compliance_profile\": \"gdpr\", \"regions\": [\"eu-west-1\"]"))
        .statusCode(201);
  }
}
