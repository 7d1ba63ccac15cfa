package com.octomil.privacy.budget.rest;

import static io.restassured.RestAssured.given;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.empty;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.not;
import static org.hamcrest.Matchers.notNullValue;
import static org.hamcrest.Matchers.nullValue;

import com.octomil.privacy.budget.test.Api;
import com.octomil.privacy.budget.test.BudgetResources;
import com.octomil.privacy.kit.test.EmbeddedPostgresResource;
import com.octomil.privacy.kit.test.ServiceTokenResource;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.http.ContentType;
import io.restassured.response.ValidatableResponse;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@QuarkusTest
@QuarkusTestResource(EmbeddedPostgresResource.class)
@QuarkusTestResource(ServiceTokenResource.class)
@QuarkusTestResource(BudgetResources.class)
class PrivacyApiTest {

  private static final String OFF =
      "{\"differential_privacy\": {\"enabled\": false}, \"secure_aggregation\": {\"enabled\": false}}";

  private static String dp(String fields) {
    return "{\"differential_privacy\": {\"enabled\": true, "
        + fields
        + "}, \"secure_aggregation\": {\"enabled\": false}}";
  }

  private static String dpWith(String extra) {
    return dp(
        "\"epsilon\": 4, \"delta\": 1e-5, \"noise_multiplier\": 10, \"max_grad_norm\": 1, "
            + extra);
  }

  private static String sa(String fields) {
    return "{\"differential_privacy\": {\"enabled\": false}, \"secure_aggregation\": {\"enabled\": true, "
        + fields
        + "}}";
  }

  private static String saWith(String extra) {
    return sa("\"min_participating_clients\": 10, \"reconstruction_threshold\": 0.6, " + extra);
  }

  @Test
  void theReferenceExampleIsAcceptedAsItIs() {
    String name = Api.newName();

    Api.put(name, Api.EXAMPLE)
        .statusCode(201)
        .contentType(ContentType.JSON)
        .body("federation", equalTo(name))
        .body("version", equalTo(1))
        .body("configuration", equalTo(1))
        .body("meaning.rounds_affordable", equalTo(1))
        .body("meaning.warnings.code", hasItem("single_round"));

    ValidatableResponse read = Api.get(name).statusCode(200);
    read.body("differential_privacy.enabled", equalTo(true))
        .body("differential_privacy.epsilon", equalTo(4.0f))
        .body("differential_privacy.delta", equalTo(1e-5f))
        .body("differential_privacy.noise_multiplier", equalTo(1.1f))
        .body("differential_privacy.max_grad_norm", equalTo(1.0f))
        .body("differential_privacy.adjacency", equalTo("add_remove"))
        .body("differential_privacy.noise_placement", equalTo("server"))
        .body("differential_privacy.sampling", equalTo("none"))
        .body("secure_aggregation.enabled", equalTo(true))
        .body("secure_aggregation.min_participating_clients", equalTo(10))
        .body("secure_aggregation.reconstruction_threshold", equalTo(0.6f))
        .body("secure_aggregation.adversary", equalTo("semi_malicious"))
        .body("secure_aggregation.corrupt_fraction", equalTo(0.05f))
        .body("secure_aggregation.dropout_fraction", equalTo(0.1f))
        .body("secure_aggregation.security_bits", equalTo(40))
        .body("secure_aggregation.correctness_bits", equalTo(20))
        .body("expected_cohort", equalTo(20))
        .body("quantization_bits", equalTo(16))
        .body("regions", empty())
        .body("meaning.accountant", equalTo("analytic_gaussian"))
        .body("meaning.epsilon_per_round", notNullValue())
        .body("meaning.planned_dropout_fraction", equalTo(0.35f))
        .body("meaning.neighbour_degree", equalTo(16))
        .body("meaning.threshold", equalTo(10))
        .body("meaning.ring_bits", equalTo(22));

    Api.put(name, Api.EXAMPLE).statusCode(200).body("configuration", equalTo(1));
  }

  @Test
  void bigNumbersComeBackExactly() {
    String name = Api.newName();
    Api.put(
            name,
            dp(
                "\"epsilon\": 0.30000000000000004, \"delta\": 1.5e-7, \"noise_multiplier\": 50.125, "
                    + "\"max_grad_norm\": 2"))
        .statusCode(201);
    String body = Api.get(name).statusCode(200).extract().asString();
    org.assertj.core.api.Assertions.assertThat(body)
        .contains("\"epsilon\":0.30000000000000004")
        .contains("\"noise_multiplier\":50.125")
        .contains("\"max_grad_norm\":2,");
  }

  @Test
  void aChangeIsANewConfigurationAndTheSameIsNone() {
    String name = Api.newName();
    Api.put(name, Api.configuration(4, 1e-5, 20)).statusCode(201);
    Api.put(name, Api.configuration(4, 1e-5, 30)).statusCode(200).body("configuration", equalTo(2));
    Api.put(name, Api.configuration(4.0, 1e-5, 30.0))
        .statusCode(200)
        .body("configuration", equalTo(2));
    Api.get(name)
        .body("configuration", equalTo(2))
        .body("differential_privacy.noise_multiplier", equalTo(30.0f))
        .body("changed_at", notNullValue())
        .body("changed_by", notNullValue());
  }

  @Test
  void everythingOffIsAcceptedAndSaysWhatItMeans() {
    String name = Api.newName();
    Api.put(name, OFF)
        .statusCode(201)
        .body("meaning.epsilon_per_round", nullValue())
        .body("meaning.accountant", nullValue())
        .body("meaning.warnings.code", hasItem("differential_privacy_disabled"))
        .body("meaning.warnings.code", hasItem("secure_aggregation_disabled"));
    Api.budget(name)
        .statusCode(200)
        .body("epsilon_spent", equalTo(0))
        .body("epsilon_remaining", equalTo(0))
        .body("rounds_completed", equalTo(0))
        .body("budget_exhausted", equalTo(false))
        .body("differential_privacy_enabled", equalTo(false))
        .body("guarantee", containsString("no privacy guarantee"));
  }

  @Test
  void warningsSayWhatIsUnusual() {
    Api.put(
            Api.newName(),
            dp("\"epsilon\": 50, \"delta\": 0.5, \"noise_multiplier\": 2, \"max_grad_norm\": 1000"))
        .statusCode(201)
        .body("meaning.warnings.code", hasItem("unusual_epsilon"))
        .body("meaning.warnings.code", hasItem("large_delta"))
        .body("meaning.warnings.code", hasItem("unusual_max_grad_norm"));
    Api.put(
            Api.newName(),
            dp("\"epsilon\": 0.01, \"delta\": 1e-5, \"noise_multiplier\": 2, \"max_grad_norm\": 1"))
        .statusCode(201)
        .body("meaning.rounds_affordable", equalTo(0))
        .body("meaning.warnings.code", hasItem("no_round_affordable"));
    Api.put(
            Api.newName(),
            saWith("\"adversary\": \"semi_honest\", \"dropout_fraction\": 0.45")
                .replaceFirst("}}$", "}, \"expected_cohort\": 18}"))
        .statusCode(201)
        .body("meaning.warnings.code", hasItem("small_fleet"))
        .body("meaning.warnings.code", hasItem("high_dropout"))
        .body("meaning.warnings.code", hasItem("frequent_aborts"))
        .body("meaning.abort_probability", notNullValue());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "epsilon | 0",
        "epsilon | -1",
        "epsilon | 1000.5",
        "epsilon | 1e-12",
        "epsilon | 1e-999999999",
        "epsilon | 1e999",
        "delta | 0",
        "delta | -1e-5",
        "delta | 1",
        "delta | 1e-31",
        "noise_multiplier | 0",
        "noise_multiplier | -1.1",
        "noise_multiplier | 0.001",
        "noise_multiplier | 1e5",
        "max_grad_norm | 0",
        "max_grad_norm | -1",
        "max_grad_norm | 1e7"
      })
  void numbersOutOfRangeAreNamed(String field, String value) {
    String name = Api.newName();
    String body =
        dpWith("\"sampling\": \"none\"")
            .replaceFirst("\"" + field + "\": [^,]*", "\"" + field + "\": " + value);
    Api.put(name, body)
        .statusCode(422)
        .contentType("application/problem+json")
        .body("type", equalTo("urn:octomil:problem:invalid-value"))
        .body("status", equalTo(422))
        .body("instance", equalTo(Api.privacy(name)))
        .body("errors[0].field", equalTo("differential_privacy." + field))
        .body("errors[0].value", notNullValue())
        .body("errors[0].message", containsString("must"));
    Api.get(name).statusCode(404);
  }

  @Test
  void devicesMayAddTheNoiseWhereASumHidesTheirShares() {
    String name = Api.newName();
    String noise =
        "\"enabled\": true, \"epsilon\": 4, \"delta\": 1e-5, \"noise_multiplier\": 2, \"max_grad_norm\": 1,"
            + " \"noise_placement\": \"distributed\"";
    String masked =
        "{\"differential_privacy\": {"
            + noise
            + "}, \"secure_aggregation\": {\"enabled\": true, \"min_participating_clients\": 10,"
            + " \"reconstruction_threshold\": 0.6}, \"expected_cohort\": %d}";
    Api.put(name, masked.formatted(50))
        .statusCode(201)
        .body("meaning.accountant", equalTo("renyi_filter"));
    // Of 250 devices 12 may be corrupt, more than are enough for a sum.
    Api.put(Api.newName(), masked.formatted(250))
        .statusCode(422)
        .body("errors[0].field", equalTo("secure_aggregation.min_participating_clients"))
        .body("errors[0].message", containsString("leave their noise out"));
    Api.put(Api.newName(), dpWith("\"noise_placement\": \"distributed\""))
        .statusCode(422)
        .body("errors[0].field", equalTo("differential_privacy.noise_placement"))
        .body("errors[0].message", containsString("needs secure_aggregation.enabled"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "differential_privacy.adjacency | zero_out | not supported by this version",
        "differential_privacy.adjacency | none | accepted: 'add_remove', 'replace_one'",
        "differential_privacy.noise_placement | devices | accepted: 'server', 'distributed'",
        "differential_privacy.sampling | fixed_size | not supported by this version",
        "differential_privacy.sampling | Poisson | accepted: 'none', 'poisson'",
        "secure_aggregation.adversary | malicious | not supported by this version",
        "secure_aggregation.adversary | SEMI_HONEST | accepted: 'semi_honest', 'semi_malicious'",
      })
  void choicesThatAreNotOfferedAreRefusedHonestly(String field, String value, String message) {
    String leaf = field.substring(field.indexOf('.') + 1);
    String extra = "\"" + leaf + "\": \"" + value + "\"";
    String body = field.startsWith("differential") ? dpWith(extra) : saWith(extra);
    Api.put(Api.newName(), body)
        .statusCode(422)
        .body("errors[0].field", equalTo(field))
        .body("errors[0].value", equalTo(value))
        .body("errors[0].message", containsString(message));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "min_participating_clients | 1",
        "min_participating_clients | 0",
        "min_participating_clients | -3",
        "reconstruction_threshold | 0",
        "reconstruction_threshold | 1.01",
        "reconstruction_threshold | -0.5",
        "corrupt_fraction | 1",
        "corrupt_fraction | -0.1",
        "dropout_fraction | 1",
        "security_bits | 39",
        "security_bits | 81",
        "correctness_bits | 9",
        "correctness_bits | 41"
      })
  void assumptionsOutOfRangeAreNamed(String field, String value) {
    String body = saWith("\"" + field + "\": " + value);
    if (field.startsWith("min_") || field.startsWith("reconstruction")) {
      body =
          saWith("\"correctness_bits\": 20")
              .replaceFirst("\"" + field + "\": [^,]*", "\"" + field + "\": " + value);
    }
    Api.put(Api.newName(), body)
        .statusCode(422)
        .body("errors[0].field", equalTo("secure_aggregation." + field))
        .body("errors[0].value", equalTo(value));
  }

  @Test
  void fieldsAreAlsoCheckedTogether() {
    String tooFew =
        saWith("\"security_bits\": 40").replaceFirst("}}$", "}, \"expected_cohort\": 9}");
    Api.put(Api.newName(), tooFew)
        .statusCode(422)
        .body("errors[0].field", equalTo("secure_aggregation.min_participating_clients"))
        .body("errors[0].message", containsString("expected_cohort, which is 9"));
    Api.put(Api.newName(), saWith("\"dropout_fraction\": 0.6"))
        .statusCode(422)
        .body("errors[0].field", equalTo("secure_aggregation"))
        .body("errors[0].message", containsString("dropout_fraction 0.6"));
    Api.put(
            Api.newName(),
            OFF.replaceFirst("}$", ", \"expected_cohort\": 100000, \"quantization_bits\": 16}"))
        .statusCode(422)
        .body("errors[0].field", equalTo("quantization_bits"))
        .body("errors[0].message", containsString("at most 14 do"));
    Api.put(Api.newName(), OFF.replaceFirst("}$", ", \"expected_cohort\": 100000}"))
        .statusCode(201)
        .body("quantization_bits", equalTo(14));
  }

  @Test
  void everyViolationIsReported() {
    Api.put(
            Api.newName(),
            """
            {"differential_privacy": {"enabled": true, "epsilon": -1, "delta": 2, "noise_multiplier": 0,
              "max_grad_norm": 0}, "secure_aggregation": {"enabled": true, "min_participating_clients": 0,
              "reconstruction_threshold": 7}, "expected_cohort": 0, "quantization_bits": 40,
              "regions": ["EU", "eu-west-1", "eu-west-1"]}
            """)
        .statusCode(422)
        .body(
            "errors.field",
            equalTo(
                java.util.List.of(
                    "differential_privacy.epsilon",
                    "differential_privacy.delta",
                    "differential_privacy.noise_multiplier",
                    "differential_privacy.max_grad_norm",
                    "secure_aggregation.min_participating_clients",
                    "secure_aggregation.reconstruction_threshold",
                    "expected_cohort",
                    "quantization_bits",
                    "regions[0]",
                    "regions[2]")));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "differential_privacy.epsilon | \"4.0\"",
        "differential_privacy.epsilon | true",
        "differential_privacy.epsilon | [4]",
        "differential_privacy.epsilon | {}",
        "differential_privacy.enabled | 1",
        "differential_privacy.enabled | \"true\"",
        "differential_privacy.adjacency | 3",
        "secure_aggregation.min_participating_clients | 10.5",
        "secure_aggregation.min_participating_clients | \"10\"",
        "secure_aggregation.min_participating_clients | 99999999999",
        "secure_aggregation.reconstruction_threshold | \"0.6\"",
        "secure_aggregation.colour | 1",
        "differential_privacy.budget | 1",
        "epsilon | 1",
        "regions | \"eu\"",
        "regions[0] | [1]",
        "expected_cohort | 20.5",
        "compliance_profile | 3",
        "differential_privacy.sampling_rate | \"0.1\"",
        "differential_privacy.adaptive_clipping | true",
      })
  void unknownFieldsAndWrongTypesAreNamed(String field, String value) {
    String name = Api.newName();
    String outer = field.contains(".") ? field.substring(0, field.indexOf('.')) : "";
    String leaf = field.substring(field.indexOf('.') + 1).replace("[0]", "");
    String entry = "\"" + leaf + "\": " + value;
    String body =
        outer.isEmpty()
            ? OFF.replaceFirst("}$", ", " + java.util.regex.Matcher.quoteReplacement(entry) + "}")
            : "{\"differential_privacy\": {"
                + (outer.startsWith("diff") ? entry : "\"enabled\": false")
                + "}, \"secure_aggregation\": {"
                + (outer.startsWith("sec") ? entry : "\"enabled\": false")
                + "}}";
    Api.put(name, body)
        .statusCode(400)
        .contentType("application/problem+json")
        .body("type", equalTo("urn:octomil:problem:invalid-request"))
        .body("errors[0].field", equalTo(field));
    Api.get(name).statusCode(404);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "NaN",
        "Infinity",
        "-Infinity",
        "'NaN'",
        "\"NaN\"",
        "\"Infinity\"",
        "0x10",
        ".5",
        "+1",
        "1.",
        "01"
      },
      quoteCharacter = '`')
  void notANumberIsRefused(String literal) {
    String name = Api.newName();
    Api.put(
            name,
            dpWith("\"sampling\": \"none\"").replace("\"epsilon\": 4", "\"epsilon\": " + literal))
        .statusCode(400)
        .contentType("application/problem+json")
        .body("errors[0].field", equalTo("differential_privacy.epsilon"));
    Api.get(name).statusCode(404);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "''",
        "{",
        "[]",
        "null",
        "3",
        "{} {}",
        "not json",
        "{\"differential_privacy\": {}, }"
      })
  void malformedBodiesAreRefused(String body) {
    Api.put(Api.newName(), body).statusCode(400).contentType("application/problem+json");
  }

  @Test
  void missingFieldsAreNamed() {
    Api.put(Api.newName(), "{}")
        .statusCode(400)
        .body(
            "errors.field",
            equalTo(java.util.List.of("differential_privacy", "secure_aggregation")));
    Api.put(
            Api.newName(),
            "{\"differential_privacy\": {\"enabled\": true}, \"secure_aggregation\": {\"enabled\": true}}")
        .statusCode(400)
        .body(
            "errors.field",
            equalTo(
                java.util.List.of(
                    "differential_privacy.epsilon",
                    "differential_privacy.delta",
                    "differential_privacy.noise_multiplier",
                    "differential_privacy.max_grad_norm",
                    "secure_aggregation.min_participating_clients",
                    "secure_aggregation.reconstruction_threshold")));
    Api.put(
            Api.newName(),
            "{\"differential_privacy\": null, \"secure_aggregation\": {\"enabled\": null}}")
        .statusCode(400);
  }

  @Test
  void aRepeatedFieldIsRefused() {
    Api.put(
            Api.newName(),
            OFF.replaceFirst("}$", ", \"expected_cohort\": 20, \"expected_cohort\": 30}"))
        .statusCode(400);
  }

  @ParameterizedTest
  @CsvSource({"Health", "-a", "a-", "a_b", "a.b", "ä"})
  void namesMustBeDnsLabels(String name) {
    admin(name, 400);
  }

  @Test
  void namesMayNotBeTooLong() {
    admin("a".repeat(64), 400);
    Api.put("a" + Api.newName() + "b".repeat(24), OFF).statusCode(201);
  }

  private static void admin(String name, int status) {
    Api.admin()
        .body(Api.EXAMPLE)
        .pathParam("name", name)
        .put("/api/v1/federations/{name}/privacy")
        .then()
        .statusCode(status)
        .contentType("application/problem+json")
        .body("errors[0].field", equalTo("federation"));
  }

  @Test
  void unknownFederationsAreNotFound() {
    String name = Api.newName();
    Api.get(name).statusCode(404).body("type", equalTo("urn:octomil:problem:not-found"));
    Api.budget(name).statusCode(404);
    Api.admin().get(Api.privacy(name) + "/budget/rounds").then().statusCode(404);
    Api.admin().get("/api/v1/federations/" + name).then().statusCode(404);
  }

  @Test
  void aKeyIsNeeded() {
    String name = Api.newName();
    given()
        .contentType(ContentType.JSON)
        .body(Api.EXAMPLE)
        .put(Api.privacy(name))
        .then()
        .statusCode(401)
        .contentType("application/problem+json")
        .header("WWW-Authenticate", containsString("Bearer"))
        .body("type", equalTo("urn:octomil:problem:unauthenticated"));
    for (String key :
        new String[] {
          "edg_" + "A".repeat(43), "edg_short", "nothing", BudgetResources.ADMIN_KEY + "x"
        }) {
      Api.as(key).body(Api.EXAMPLE).put(Api.privacy(name)).then().statusCode(401);
    }
    Api.get(name).statusCode(404);
  }

  @Test
  void theKeyMustAllowIt() {
    String name = Api.newName();
    String other = Api.newName();
    String read = Api.newKey(null, "read");
    String auditor = Api.newKey(null, "auditor");
    String operator = Api.newKey(null, "operator");
    String bound = Api.newKey(name, "operator");

    Api.as(read).body(Api.EXAMPLE).put(Api.privacy(name)).then().statusCode(403);
    Api.as(auditor).body(Api.EXAMPLE).put(Api.privacy(name)).then().statusCode(403);
    Api.as(bound).body(Api.EXAMPLE).put(Api.privacy(other)).then().statusCode(403);
    Api.get(name).statusCode(404);

    Api.as(bound).body(Api.EXAMPLE).put(Api.privacy(name)).then().statusCode(201);
    Api.as(operator).body(Api.EXAMPLE).put(Api.privacy(other)).then().statusCode(201);
    for (String key : new String[] {read, auditor, operator, bound}) {
      Api.as(key).get(Api.privacy(name)).then().statusCode(200);
      Api.as(key).get(Api.privacy(name) + "/budget").then().statusCode(200);
    }
    Api.as(bound).get(Api.privacy(other)).then().statusCode(403);
  }

  @Test
  void theBudgetOfANewFederationIsWhole() {
    String name = Api.newName();
    Api.put(name, Api.EXAMPLE).statusCode(201);
    Api.budget(name)
        .statusCode(200)
        .body("federation", equalTo(name))
        .body("version", equalTo(1))
        .body("differential_privacy_enabled", equalTo(true))
        .body("epsilon", equalTo(4.0f))
        .body("delta", equalTo(1e-5f))
        .body("epsilon_spent", equalTo(0))
        .body("epsilon_reserved", equalTo(0))
        .body("epsilon_remaining", equalTo(4))
        .body("rounds_completed", equalTo(0))
        .body("rounds_affordable", equalTo(1))
        .body("budget_exhausted", equalTo(false))
        .body("accountant", equalTo("analytic_gaussian"))
        .body("accountant_reason", not(empty()))
        .body("guarantee", containsString("(epsilon, delta)"));
  }
}
