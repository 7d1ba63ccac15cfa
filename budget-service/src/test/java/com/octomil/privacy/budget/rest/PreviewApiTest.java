package com.octomil.privacy.budget.rest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.not;
import static org.hamcrest.Matchers.nullValue;

import com.octomil.privacy.budget.test.Api;
import com.octomil.privacy.budget.test.BudgetResources;
import com.octomil.privacy.kit.test.EmbeddedPostgresResource;
import com.octomil.privacy.kit.test.ServiceTokenResource;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.path.json.JsonPath;
import io.restassured.response.ValidatableResponse;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A preview answers what the change would, and changes nothing. */
@QuarkusTest
@QuarkusTestResource(EmbeddedPostgresResource.class)
@QuarkusTestResource(ServiceTokenResource.class)
@QuarkusTestResource(BudgetResources.class)
class PreviewApiTest {

  private static ValidatableResponse preview(String federation, String body) {
    return Api.admin().body(body).post(Api.privacy(federation) + "/preview").then();
  }

  /** Without who and when. */
  private static Map<String, Object> content(ValidatableResponse answer) {
    Map<String, Object> content = answer.extract().jsonPath().getMap("$");
    content.remove("changed_at");
    return content;
  }

  @Test
  void aFederationThatDoesNotExistIsDescribedAndNotCreated() {
    String name = Api.newName();
    Map<String, Object> foretold =
        content(preview(name, Api.EXAMPLE).statusCode(200).header("ETag", nullValue()));

    Api.get(name).statusCode(404);
    Api.admin().get("/api/v1/federations/" + name).then().statusCode(404);
    assertThat(content(Api.put(name, Api.EXAMPLE).statusCode(201))).isEqualTo(foretold);
  }

  @Test
  void aChangeIsForetoldAndTheConfigurationInForceStays() {
    String name = Api.newName();
    Api.put(name, Api.configuration(4, 1e-5, 20)).statusCode(201);
    String present = Api.get(name).statusCode(200).extract().asString();

    Map<String, Object> foretold =
        content(
            preview(name, Api.configuration(4, 1e-5, 1.1))
                .statusCode(200)
                .body("configuration", equalTo(2))
                .body("meaning.rounds_affordable", equalTo(1))
                .body("meaning.warnings.code", hasItem("single_round")));

    assertThat(Api.get(name).extract().asString()).isEqualTo(present);
    assertThat(content(Api.put(name, Api.configuration(4, 1e-5, 1.1)).statusCode(200)))
        .isEqualTo(foretold);
  }

  @Test
  void whatIsInForceAlreadyKeepsItsNumber() {
    String name = Api.newName();
    Api.put(name, Api.EXAMPLE).statusCode(201);
    preview(name, Api.EXAMPLE).statusCode(200).body("configuration", equalTo(1));
  }

  @Test
  void errorsAreThoseOfTheChange() {
    String name = Api.newName();
    String wrong = Api.configuration(-1, 2, 20);
    JsonPath foretold = preview(name, wrong).statusCode(422).extract().jsonPath();
    JsonPath refused = Api.put(name, wrong).statusCode(422).extract().jsonPath();

    assertThat(foretold.getString("type")).isEqualTo("urn:octomil:problem:invalid-value");
    assertThat(foretold.getList("errors.field"))
        .contains("differential_privacy.epsilon", "differential_privacy.delta");
    assertThat(foretold.getList("errors")).isEqualTo(refused.getList("errors"));

    preview(name, "{\"colour\": \"blue\"}")
        .statusCode(400)
        .body("type", equalTo("urn:octomil:problem:invalid-request"));
  }

  @Test
  void preconditionsHoldAsForTheChange() {
    String name = Api.newName();
    Api.put(name, Api.EXAMPLE).statusCode(201);
    Api.admin()
        .header("If-Match", "\"1.7\"")
        .body(Api.EXAMPLE)
        .post(Api.privacy(name) + "/preview")
        .then()
        .statusCode(412);
    Api.admin()
        .header("If-None-Match", "*")
        .body(Api.EXAMPLE)
        .post(Api.privacy(name) + "/preview")
        .then()
        .statusCode(412);
    Api.admin()
        .header("If-Match", "*")
        .body(Api.EXAMPLE)
        .post(Api.privacy(Api.newName()) + "/preview")
        .then()
        .statusCode(412);
  }

  @Test
  void whoMayReadMayAsk() {
    String name = Api.newName();
    Api.as(Api.newKey(name, "read"))
        .body(Api.EXAMPLE)
        .post(Api.privacy(name) + "/preview")
        .then()
        .statusCode(200);
  }

  @Test
  void aKeyIsToldWhatItMayDo() {
    String name = Api.newName();
    Api.as(Api.newKey(name, "auditor"))
        .get("/api/v1/api-keys/own")
        .then()
        .statusCode(200)
        .body("scopes", equalTo(java.util.List.of("auditor")))
        .body("federation", equalTo(name))
        .body("$", not(hasItem("key")));
    Api.as(Api.newKey(null, "operator", "auditor"))
        .get("/api/v1/api-keys/own")
        .then()
        .statusCode(200)
        .body("scopes", equalTo(java.util.List.of("operator", "auditor")))
        .body("federation", nullValue());
    Api.as(Api.newKey(name, "read")).get("/api/v1/api-keys").then().statusCode(403);
  }
}
