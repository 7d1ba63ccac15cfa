package com.octomil.privacy.budget.rest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.notNullValue;
import static org.hamcrest.Matchers.nullValue;

import com.octomil.privacy.budget.test.Api;
import com.octomil.privacy.budget.test.BudgetResources;
import com.octomil.privacy.budget.test.Internal;
import com.octomil.privacy.kit.test.EmbeddedPostgresResource;
import com.octomil.privacy.kit.test.ServiceTokenResource;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.path.json.JsonPath;
import io.restassured.response.ValidatableResponse;
import java.util.List;
import org.eclipse.microprofile.config.ConfigProvider;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@QuarkusTest
@QuarkusTestResource(EmbeddedPostgresResource.class)
@QuarkusTestResource(ServiceTokenResource.class)
@QuarkusTestResource(BudgetResources.class)
class ChangesApiTest {

  private String federation;

  @BeforeEach
  void configured() {
    federation = Api.newName();
    Api.put(federation, Api.configuration(4, 1e-5, 10)).statusCode(201).header("ETag", "\"1.1\"");
  }

  private ValidatableResponse put(String header, String value, double noise) {
    return Api.admin()
        .header(header, value)
        .body(Api.configuration(4, 1e-5, noise))
        .put(Api.privacy(federation))
        .then();
  }

  private ValidatableResponse patch(String body) {
    return Api.admin()
        .contentType("application/merge-patch+json")
        .body(body)
        .patch(Api.privacy(federation))
        .then();
  }

  private ValidatableResponse allocate(String body) {
    return Api.admin().body(body).post(Api.privacy(federation) + "/budget/allocations").then();
  }

  private static Internal internal() {
    return new Internal(
        ConfigProvider.getConfig().getValue("quarkus.grpc.server.test-port", Integer.class));
  }

  @Test
  void twoOperatorsDoNotOverwriteEachOther() {
    Api.get(federation).header("ETag", "\"1.1\"");
    put("If-Match", "\"1.1\"", 20).statusCode(200).header("ETag", "\"1.2\"");
    put("If-Match", "\"1.1\"", 30)
        .statusCode(412)
        .contentType("application/problem+json")
        .body("type", equalTo("urn:octomil:problem:precondition-failed"));
    put("If-Match", "W/\"1.2\"", 30).statusCode(412);
    put("If-None-Match", "*", 30).statusCode(412);
    Api.get(federation).body("differential_privacy.noise_multiplier", equalTo(20.0f));
    put("If-Match", "\"1.1\", \"1.2\"", 30).statusCode(200);
    put("If-Match", "*", 40).statusCode(200).header("ETag", "\"1.4\"");
  }

  @Test
  void aPreconditionCreatesNothing() {
    federation = Api.newName();
    put("If-Match", "\"1.1\"", 10).statusCode(412);
    put("If-Match", "*", 10).statusCode(412);
    Api.admin().get("/api/v1/federations/" + federation).then().statusCode(404);
    put("If-None-Match", "*", 10).statusCode(201);
  }

  @ParameterizedTest
  @ValueSource(strings = {"1.1", "\"1.1", "\"1.1\" x", ","})
  void nonsenseIsNoPrecondition(String value) {
    put("If-Match", value, 20).statusCode(400).body("errors[0].field", equalTo("If-Match"));
    Api.get(federation).header("ETag", "\"1.1\"");
  }

  @Test
  void aPatchChangesWhatItNames() {
    patch("{\"differential_privacy\": {\"noise_multiplier\": 25}, \"expected_cohort\": 57}")
        .statusCode(200)
        .header("ETag", "\"1.2\"")
        .body("differential_privacy.noise_multiplier", equalTo(25))
        .body("differential_privacy.epsilon", equalTo(4))
        .body("secure_aggregation.min_participating_clients", equalTo(10))
        .body("expected_cohort", equalTo(57));
    // Null takes a field back to its default.
    patch("{\"expected_cohort\": null}").statusCode(200).body("expected_cohort", equalTo(20));
    Api.admin()
        .contentType("application/merge-patch+json")
        .header("If-Match", "\"1.1\"")
        .body("{\"expected_cohort\": 30}")
        .patch(Api.privacy(federation))
        .then()
        .statusCode(412);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"differential_privacy\": {\"epsilon\": -1}} | 422 | differential_privacy.epsilon",
        "{\"differential_privacy\": {\"epsilon\": null}} | 400 | differential_privacy.epsilon",
        "{\"differential_privacy\": {\"epsilon\": \"4\"}} | 400 | differential_privacy.epsilon",
        "{\"differential_privacy\": null} | 400 | differential_privacy",
        "{\"differential_privacy\": 3} | 400 | differential_privacy",
        "{\"colour\": 1} | 400 | colour",
        "{\"expected_cohort\": 9} | 422 | secure_aggregation.min_participating_clients",
      })
  void badPatchesAreRefused(String body, int status, String field) {
    patch(body).statusCode(status).body("errors[0].field", equalTo(field));
    Api.get(federation).header("ETag", "\"1.1\"");
  }

  @Test
  void malformedPatchesAreRefused() {
    for (String body : List.of("", "{", "[]", "3")) {
      patch(body).statusCode(400);
    }
    Api.admin().body("{}").patch(Api.privacy(federation)).then().statusCode(415);
    Api.admin()
        .contentType("application/merge-patch+json")
        .body("{}")
        .patch(Api.privacy(Api.newName()))
        .then()
        .statusCode(404);
  }

  @Test
  void theHistoryOfConfigurationsIsKept() {
    patch("{\"differential_privacy\": {\"noise_multiplier\": 25}}").statusCode(200);
    Api.admin()
        .body("{\"reason\": \"next study\"}")
        .post("/api/v1/federations/" + federation + "/versions")
        .then()
        .statusCode(201);
    Api.admin()
        .get(Api.privacy(federation) + "/history")
        .then()
        .statusCode(200)
        .body("configurations", hasSize(3))
        .body("configurations.version", equalTo(List.of(1, 1, 2)))
        .body("configurations.configuration", equalTo(List.of(1, 2, 1)))
        .body("configurations[0].privacy.differential_privacy.noise_multiplier", equalTo(10.0f))
        .body("configurations[2].privacy.differential_privacy.noise_multiplier", equalTo(25))
        .body("configurations[0].changed_by", notNullValue());
    Api.admin().get(Api.privacy(Api.newName()) + "/history").then().statusCode(404);
  }

  @Test
  void budgetIsAddedWithAReason() {
    allocate("{\"epsilon\": 1.5, \"reason\": \"second study arm\"}")
        .statusCode(201)
        .header("ETag", "\"1.2\"")
        .body("epsilon", equalTo(5.5f))
        .body("epsilon_remaining", equalTo(5.5f));
    Api.get(federation).body("differential_privacy.epsilon", equalTo(5.5f));
    Api.admin()
        .get(Api.privacy(federation) + "/budget/allocations")
        .then()
        .statusCode(200)
        .body("allocations", hasSize(1))
        .body("allocations[0].epsilon", equalTo(1.5f))
        .body("allocations[0].reason", equalTo("second study arm"))
        .body("allocations[0].configuration", equalTo(2))
        .body("allocations[0].allocated_by", notNullValue());
    Api.admin()
        .header("If-Match", "\"1.1\"")
        .body("{\"epsilon\": 1.5, \"reason\": \"repeated\"}")
        .post(Api.privacy(federation) + "/budget/allocations")
        .then()
        .statusCode(412);
    Api.as(Api.newKey(null, "read"))
        .body("{\"epsilon\": 1, \"reason\": \"r\"}")
        .post(Api.privacy(federation) + "/budget/allocations")
        .then()
        .statusCode(403);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"epsilon\": 0, \"reason\": \"r\"} | 422 | epsilon",
        "{\"epsilon\": -1, \"reason\": \"r\"} | 422 | epsilon",
        "{\"epsilon\": 1e-999999999, \"reason\": \"r\"} | 422 | epsilon",
        "{\"epsilon\": \"1\", \"reason\": \"r\"} | 400 | epsilon",
        "{\"epsilon\": 1} | 400 | reason",
        "{\"reason\": \"r\"} | 400 | epsilon",
        "{\"epsilon\": 1, \"reason\": \"\"} | 422 | reason",
        "{\"epsilon\": 999, \"reason\": \"r\"} | 409 | epsilon",
      })
  void badAllocationsAreRefused(String body, int status, String field) {
    allocate(body).statusCode(status).body("errors[0].field", equalTo(field));
    Api.get(federation).header("ETag", "\"1.1\"");
  }

  @Test
  void moreBudgetLetsAPausedTrainingGoOn() {
    Api.put(federation, Api.EXAMPLE).statusCode(200);
    try (Internal internal = internal()) {
      internal.commit(internal.reserved(federation), 20, 20);
      assertThat(internal.reserve(federation, Internal.newRound(), 1).hasExhausted()).isTrue();
      allocate("{\"epsilon\": 4, \"reason\": \"go on\"}")
          .statusCode(201)
          .body("budget_exhausted", equalTo(false));
      internal.reserved(federation);
    }
  }

  @Test
  void spendOfAllVersionsStaysVisible() {
    Api.put(federation, Api.EXAMPLE).statusCode(200);
    try (Internal internal = internal()) {
      internal.commit(internal.reserved(federation), 20, 20);
      Api.admin()
          .body("{\"reason\": \"again\"}")
          .post("/api/v1/federations/" + federation + "/versions")
          .then()
          .statusCode(201);
      Api.budget(federation)
          .body("epsilon_spent", equalTo(0))
          .body("epsilon_spent_all_versions", equalTo(3.921250253f));
      internal.commit(internal.reserved(federation), 20, 20);
    }
    JsonPath budget = Api.budget(federation).extract().jsonPath();
    // The parser reads fractions as float.
    assertThat(budget.getDouble("epsilon_spent")).isCloseTo(3.921250253, within(1e-6));
    // Two rounds compose to less than the sum of both, and to more than either.
    assertThat(budget.getDouble("epsilon_spent_all_versions")).isBetween(5.0, 7.84);
  }

  @Test
  void theForecastEndsWhereTheBudgetDoes() {
    JsonPath forecast =
        Api.admin()
            .get(Api.privacy(federation) + "/budget/forecast")
            .then()
            .statusCode(200)
            .extract()
            .jsonPath();
    int affordable = forecast.getInt("rounds_affordable");
    List<Integer> rounds = forecast.getList("points.rounds");
    assertThat(rounds.getFirst()).isZero();
    assertThat(rounds.getLast()).isEqualTo(affordable);
    assertThat(forecast.getList("points.over_budget")).containsOnly(false);
    JsonPath further =
        Api.admin()
            .get(Api.privacy(federation) + "/budget/forecast?rounds=" + (affordable + 1))
            .then()
            .extract()
            .jsonPath();
    assertThat(further.getBoolean("points[-1].over_budget")).isTrue();
  }

  @Test
  void aPlanIsExactlyEnough() {
    JsonPath plan =
        Api.admin()
            .get(Api.privacy(federation) + "/budget/plan?rounds=100")
            .then()
            .statusCode(200)
            .extract()
            .jsonPath();
    double noise = plan.getDouble("noise_multiplier");
    Api.put(federation, Api.configuration(4, 1e-5, noise))
        .statusCode(200)
        .body("meaning.rounds_affordable", equalTo(100));
    Api.put(federation, Api.configuration(4, 1e-5, noise - 0.0001))
        .statusCode(200)
        .body("meaning.rounds_affordable", equalTo(99));
    assertThat(plan.getList("cohorts.cohort", Integer.class)).containsExactly(20, 10, 5, 2);
    assertThat(plan.getDouble("cohorts[1].noise_on_average"))
        .isEqualTo(2 * plan.getDouble("cohorts[0].noise_on_average"));
  }

  @Test
  void badPlansAreRefused() {
    Api.admin()
        .get(Api.privacy(federation) + "/budget/plan")
        .then()
        .statusCode(400)
        .body("errors[0].field", equalTo("rounds"));
    Api.admin().get(Api.privacy(federation) + "/budget/plan?rounds=0").then().statusCode(422);
    Api.admin().get(Api.privacy(federation) + "/budget/forecast?rounds=x").then().statusCode(400);
    String off = Api.newName();
    Api.put(
            off,
            "{\"differential_privacy\": {\"enabled\": false}, \"secure_aggregation\": {\"enabled\": false}}")
        .statusCode(201);
    for (String path : List.of("plan?rounds=10", "forecast")) {
      Api.admin()
          .get(Api.privacy(off) + "/budget/" + path)
          .then()
          .statusCode(409)
          .body("detail", containsString("Differential privacy is off"));
    }
    Api.budget(off).body("epsilon_spent_all_versions", nullValue());
  }
}
