package com.octomil.privacy.kit.rest;

import static io.restassured.RestAssured.given;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.not;

import com.octomil.privacy.kit.test.EmbeddedPostgresResource;
import com.octomil.privacy.kit.test.KitProfile;
import com.octomil.privacy.kit.test.ServiceTokenResource;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.restassured.http.ContentType;
import io.restassured.response.ValidatableResponse;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@QuarkusTest
@TestProfile(KitProfile.class)
@QuarkusTestResource(EmbeddedPostgresResource.class)
@QuarkusTestResource(ServiceTokenResource.class)
class RestContractTest {

  private static ValidatableResponse put(String body) {
    return given()
        .header("Authorization", "Bearer edg_admin")
        .contentType(ContentType.JSON)
        .body(body)
        .put("/federations/alpha/example")
        .then();
  }

  @Test
  void aGoodBodyPasses() {
    put("{\"enabled\": true, \"inner\": {\"max_grad_norm\": 1}, \"count\": 3}")
        .statusCode(200)
        .body("inner.max_grad_norm", equalTo(1.0f));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"enabled\": true, \"count\": 3, \"colour\": 1} | colour",
        "{\"enabled\": true, \"inner\": {\"max_grad_norm\": 1, \"norm\": 1}, \"count\": 3} | inner.norm",
        "{\"enabled\": \"true\", \"count\": 3} | enabled",
        "{\"enabled\": true, \"count\": 3.5} | count",
        "{\"enabled\": true, \"count\": \"3\"} | count",
        "{\"enabled\": true, \"count\": null} | count",
        "{\"enabled\": true, \"count\": 99999999999} | count",
        "{\"enabled\": true, \"inner\": {\"max_grad_norm\": NaN}, \"count\": 3} | inner.max_grad_norm",
        "{\"enabled\": true, \"inner\": [], \"count\": 3} | inner",
        "{\"enabled\": true, \"regions\": \"eu\", \"count\": 3} | regions",
        "{\"enabled\": true, \"regions\": [3], \"count\": 3} | regions[0]",
        "{\"enabled\": true, \"enabled\": false, \"count\": 3} | ''",
        "{\"enabled\": true, \"count\": 3} {} | ''",
        "{\"enabled\": | ''",
        "[] | ''",
      })
  void aBadBodyIsRefusedByField(String body, String field) {
    ValidatableResponse response =
        put(body)
            .statusCode(400)
            .contentType("application/problem+json")
            .body("type", equalTo("urn:octomil:problem:invalid-request"))
            .body("status", equalTo(400))
            .body("instance", equalTo("/federations/alpha/example"))
            .body(not(containsString("com.octomil")))
            .body(not(containsString("jackson")));
    if (!field.isEmpty()) {
      response.body("errors[0].field", equalTo(field));
    }
  }

  @Test
  void aBadNameIsRefused() {
    given()
        .header("Authorization", "Bearer edg_admin")
        .contentType(ContentType.JSON)
        .body("{\"enabled\": true, \"count\": 3}")
        .put("/federations/Alpha_1/example")
        .then()
        .statusCode(400)
        .body("errors[0].field", equalTo("federation"))
        .body("errors[0].value", equalTo("Alpha_1"));
  }

  @ParameterizedTest
  @CsvSource({
    ", 401",
    "Bearer edg_nobody, 401",
    "Bearer admin, 401",
    "Basic edg_admin, 401",
    "Bearer edg_read, 200",
    "bearer edg_admin, 200",
    "Bearer edg_alpha, 200",
  })
  void keysAreChecked(String header, int status) {
    var request = given();
    if (header != null) {
      request.header("Authorization", header);
    }
    request.get("/federations/alpha/example/caller").then().statusCode(status);
  }

  @Test
  void aMissingScopeIsForbidden() {
    given()
        .header("Authorization", "Bearer edg_read")
        .contentType(ContentType.JSON)
        .body("{\"enabled\": true, \"count\": 3}")
        .put("/federations/alpha/example")
        .then()
        .statusCode(403)
        .body("type", equalTo("urn:octomil:problem:forbidden"))
        .body("detail", containsString("operator"));
  }

  @Test
  void aKeyOfOneFederationSeesNoOther() {
    given()
        .header("Authorization", "Bearer edg_alpha")
        .get("/federations/beta/example/caller")
        .then()
        .statusCode(403)
        .body("detail", containsString("alpha"));
  }

  @Test
  void unauthenticatedNamesTheScheme() {
    given()
        .get("/federations/alpha/example/caller")
        .then()
        .statusCode(401)
        .header("WWW-Authenticate", equalTo("Bearer"));
  }

  @Test
  void unmarkedResourcesAreClosed() {
    given()
        .header("Authorization", "Bearer edg_admin")
        .get("/federations/alpha/example/unmarked")
        .then()
        .statusCode(403);
  }

  @Test
  void retryableErrorsSaySo() {
    given()
        .get("/federations/alpha/example/unavailable")
        .then()
        .statusCode(503)
        .header("Retry-After", equalTo("1"));
  }

  @Test
  void bugsAreNotDescribed() {
    given()
        .get("/federations/alpha/example/bug")
        .then()
        .statusCode(500)
        .body("type", equalTo("urn:octomil:problem:internal"))
        .body(not(containsString("secret")));
  }

  @Test
  void unknownPathsAndMethodsAreProblems() {
    given()
        .get("/nothing")
        .then()
        .statusCode(404)
        .body("type", equalTo("urn:octomil:problem:not-found"));
    given()
        .header("Authorization", "Bearer edg_admin")
        .delete("/federations/alpha/example")
        .then()
        .statusCode(405)
        .body("type", equalTo("urn:octomil:problem:method-not-allowed"));
    given()
        .header("Authorization", "Bearer edg_admin")
        .contentType(ContentType.TEXT)
        .body("x")
        .put("/federations/alpha/example")
        .then()
        .statusCode(415)
        .body("type", equalTo("urn:octomil:problem:unsupported-media-type"));
  }
}
