package com.octomil.privacy.budget.rest;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.matchesPattern;
import static org.hamcrest.Matchers.notNullValue;
import static org.hamcrest.Matchers.nullValue;

import com.octomil.privacy.budget.app.ApiKeyRegistry;
import com.octomil.privacy.budget.domain.ApiKeySecret;
import com.octomil.privacy.budget.test.Api;
import com.octomil.privacy.budget.test.BudgetResources;
import com.octomil.privacy.kit.test.EmbeddedPostgresResource;
import com.octomil.privacy.kit.test.ServiceTokenResource;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.path.json.JsonPath;
import io.restassured.response.ValidatableResponse;
import jakarta.inject.Inject;
import java.security.SecureRandom;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@QuarkusTest
@QuarkusTestResource(EmbeddedPostgresResource.class)
@QuarkusTestResource(ServiceTokenResource.class)
@QuarkusTestResource(BudgetResources.class)
class FederationsAndKeysApiTest {

  private static final String FEDERATIONS = "/api/v1/federations";
  private static final String KEYS = "/api/v1/api-keys";

  @Test
  void aFederationIsCreatedThenConfigured() {
    String name = Api.newName();
    String body = "{\"name\": \"" + name + "\"}";
    Api.admin()
        .body(body)
        .post(FEDERATIONS)
        .then()
        .statusCode(201)
        .body("name", equalTo(name))
        .body("version", equalTo(1))
        .body("configured", equalTo(false));
    Api.admin()
        .body(body)
        .post(FEDERATIONS)
        .then()
        .statusCode(409)
        .body("errors[0].field", equalTo("name"));
    Api.get(name)
        .statusCode(404)
        .body("detail", org.hamcrest.Matchers.containsString("no privacy configuration yet"));
    Api.put(name, Api.EXAMPLE).statusCode(200).body("configuration", equalTo(1));
    Api.admin()
        .get(FEDERATIONS + "/" + name)
        .then()
        .statusCode(200)
        .body("configured", equalTo(true))
        .body("created_at", notNullValue());
    Api.admin().get(FEDERATIONS).then().statusCode(200).body("federations.name", hasItem(name));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"name\": \"Not A Name\"} | 400 | name",
        "{\"name\": \"\"} | 400 | name",
        "{} | 400 | name",
        "{\"name\": 3} | 400 | name",
        "{\"name\": \"ok\", \"x\": 1} | 400 | x",
      })
  void badFederationsAreRefused(String body, int status, String field) {
    Api.admin()
        .body(body)
        .post(FEDERATIONS)
        .then()
        .statusCode(status)
        .body("errors[0].field", equalTo(field));
  }

  @Test
  void versionsNeedAReasonAndAFederation() {
    String name = Api.newName();
    Api.admin()
        .body("{\"reason\": \"r\"}")
        .post(FEDERATIONS + "/" + name + "/versions")
        .then()
        .statusCode(404);
    Api.put(name, Api.EXAMPLE).statusCode(201);
    Api.admin().body("{}").post(FEDERATIONS + "/" + name + "/versions").then().statusCode(400);
    Api.admin()
        .body("{\"reason\": \" \"}")
        .post(FEDERATIONS + "/" + name + "/versions")
        .then()
        .statusCode(422);
    Api.as(Api.newKey(null, "read"))
        .body("{\"reason\": \"r\"}")
        .post(FEDERATIONS + "/" + name + "/versions")
        .then()
        .statusCode(403);
    Api.get(name).body("version", equalTo(1));
  }

  @Test
  void aKeyIsShownOnceAndWorksUntilItIsRevoked() {
    JsonPath made =
        Api.admin()
            .body("{\"name\": \"dashboard\", \"scopes\": [\"read\"]}")
            .post(KEYS)
            .then()
            .statusCode(201)
            .body("key", matchesPattern("edg_[A-Za-z0-9_-]{43}"))
            .body("scopes", equalTo(java.util.List.of("read")))
            .body("federation", nullValue())
            .extract()
            .jsonPath();
    String key = made.getString("key");
    String id = made.getString("id");

    String list =
        Api.admin()
            .get(KEYS)
            .then()
            .statusCode(200)
            .body("api_keys.id", hasItem(id))
            .extract()
            .asString();
    assertThat(list).doesNotContain(key).doesNotContain("sha256");

    Api.as(key).get(FEDERATIONS).then().statusCode(200);
    Api.as(key).get(KEYS).then().statusCode(403);
    Api.admin()
        .delete(KEYS + "/" + id)
        .then()
        .statusCode(200)
        .body("revoked_at", notNullValue())
        .body("key", nullValue());
    Api.as(key).get(FEDERATIONS).then().statusCode(401);
    String again =
        Api.admin().delete(KEYS + "/" + id).then().statusCode(200).extract().path("revoked_at");
    assertThat(again).isNotNull();
    Api.admin().delete(KEYS + "/" + UUID.randomUUID()).then().statusCode(404);
    Api.admin()
        .delete(KEYS + "/nonsense")
        .then()
        .statusCode(400)
        .body("errors[0].field", equalTo("id"));
  }

  private static JsonPath newKey() {
    return Api.admin()
        .body("{\"name\": \"robot\", \"scopes\": [\"operator\"]}")
        .post(KEYS)
        .then()
        .statusCode(201)
        .extract()
        .jsonPath();
  }

  private static ValidatableResponse rotate(String id, String body) {
    return Api.admin().body(body).post(KEYS + "/" + id + "/rotate").then();
  }

  private static int status(String key) {
    return Api.as(key).get(FEDERATIONS).then().extract().statusCode();
  }

  @Test
  void aRotatedKeyEndsAtOnce() {
    JsonPath made = newKey();
    String id = made.getString("id");
    JsonPath rotated =
        Api.admin()
            .post(KEYS + "/" + id + "/rotate")
            .then()
            .statusCode(200)
            .body("id", equalTo(id))
            .body("scopes", equalTo(java.util.List.of("operator")))
            .body("rotated_at", notNullValue())
            .body("key", matchesPattern("edg_[A-Za-z0-9_-]{43}"))
            .extract()
            .jsonPath();
    assertThat(status(made.getString("key"))).isEqualTo(401);
    assertThat(status(rotated.getString("key"))).isEqualTo(200);
  }

  @Test
  void anOverlapKeepsTheOldSecretUntilTheNextRotationSaysOtherwise() {
    JsonPath made = newKey();
    String id = made.getString("id");
    String second = rotate(id, "{\"overlap_seconds\": 3600}").statusCode(200).extract().path("key");
    assertThat(status(made.getString("key"))).isEqualTo(200);
    assertThat(status(second)).isEqualTo(200);
    String third = rotate(id, "{}").statusCode(200).extract().path("key");
    assertThat(status(made.getString("key"))).isEqualTo(401);
    assertThat(status(second)).isEqualTo(401);
    assertThat(status(third)).isEqualTo(200);
  }

  @Test
  void revokingEndsAllSecrets() {
    JsonPath made = newKey();
    String id = made.getString("id");
    String second = rotate(id, "{\"overlap_seconds\": 60}").statusCode(200).extract().path("key");
    Api.admin().delete(KEYS + "/" + id).then().statusCode(200);
    assertThat(status(made.getString("key"))).isEqualTo(401);
    assertThat(status(second)).isEqualTo(401);
    rotate(id, "{}").statusCode(409);
  }

  @Test
  void badRotationsAreRefused() {
    String id = newKey().getString("id");
    rotate(id, "{\"overlap_seconds\": -1}")
        .statusCode(422)
        .body("errors[0].field", equalTo("overlap_seconds"));
    rotate(id, "{\"overlap_seconds\": 604801}").statusCode(422);
    rotate(id, "{\"overlap_seconds\": \"1\"}").statusCode(400);
    rotate(id, "{\"overlap\": 1}").statusCode(400);
    rotate(UUID.randomUUID().toString(), "{}").statusCode(404);
    rotate("nonsense", "{}").statusCode(400);
    Api.as(Api.newKey(null, "operator")).post(KEYS + "/" + id + "/rotate").then().statusCode(403);
  }

  @Inject ApiKeyRegistry registry;

  @Test
  void aBootstrapKeyThatWasRotatedAwayDoesNotComeBack() {
    ApiKeySecret bootstrap = ApiKeySecret.generate(new SecureRandom());
    registry.bootstrap(bootstrap);
    assertThat(status(bootstrap.reveal())).isEqualTo(200);
    // A restart with the same file changes nothing.
    registry.bootstrap(bootstrap);
    String id =
        registry.all().stream()
            .filter(key -> key.name().equals("bootstrap"))
            .map(key -> key.id().toString())
            .toList()
            .getLast();
    rotate(id, "{}").statusCode(200);
    assertThat(status(bootstrap.reveal())).isEqualTo(401);
    registry.bootstrap(bootstrap);
    assertThat(status(bootstrap.reveal())).isEqualTo(401);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"scopes\": [\"read\"]} | 400 | name",
        "{\"name\": \"x\"} | 400 | scopes",
        "{\"name\": \"\", \"scopes\": [\"read\"]} | 422 | name",
        "{\"name\": \"x\", \"scopes\": []} | 422 | scopes",
        "{\"name\": \"x\", \"scopes\": [\"root\"]} | 422 | scopes[0]",
        "{\"name\": \"x\", \"scopes\": [\"read\", null]} | 422 | scopes[1]",
        "{\"name\": \"x\", \"scopes\": \"read\"} | 400 | scopes",
        "{\"name\": \"x\", \"scopes\": [\"read\"], \"federation\": \"A B\"} | 400 | federation",
      })
  void badKeysAreRefused(String body, int status, String field) {
    Api.admin()
        .body(body)
        .post(KEYS)
        .then()
        .statusCode(status)
        .body("errors[0].field", equalTo(field));
  }

  @Test
  void onlyAdministratorsManageKeys() {
    String body = "{\"name\": \"x\", \"scopes\": [\"admin\"]}";
    for (String scope : new String[] {"operator", "auditor", "read"}) {
      Api.as(Api.newKey(null, scope)).body(body).post(KEYS).then().statusCode(403);
    }
    // An administrator of one federation is none of the keys.
    Api.as(Api.newKey(Api.newName(), "admin")).body(body).post(KEYS).then().statusCode(403);
    given().body(body).contentType("application/json").post(KEYS).then().statusCode(401);
  }

  @Test
  void browsersGetNoCrossOriginAccessByDefault() {
    given()
        .header("Origin", "https://dashboard.example")
        .header("Access-Control-Request-Method", "PUT")
        .options(Api.privacy("f"))
        .then()
        .header("Access-Control-Allow-Origin", nullValue());
  }
}
