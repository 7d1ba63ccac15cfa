package com.octomil.privacy.budget.rest;

import static io.restassured.RestAssured.given;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.nullValue;

import com.octomil.privacy.budget.test.Api;
import com.octomil.privacy.budget.test.BudgetResources;
import com.octomil.privacy.kit.test.EmbeddedPostgresResource;
import com.octomil.privacy.kit.test.ServiceTokenResource;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import java.util.Map;
import org.junit.jupiter.api.Test;

@QuarkusTest
@TestProfile(CrossOriginTest.WithDashboard.class)
@QuarkusTestResource(EmbeddedPostgresResource.class)
@QuarkusTestResource(ServiceTokenResource.class)
@QuarkusTestResource(BudgetResources.class)
class CrossOriginTest {

  /** A browser application on another origin may call. */
  public static class WithDashboard implements QuarkusTestProfile {
    @Override
    public Map<String, String> getConfigOverrides() {
      return Map.of(
          "quarkus.http.cors.enabled", "true",
          "quarkus.http.cors.origins", "https://dashboard.example");
    }
  }

  @Test
  void theBrowsersQuestionIsAnsweredWithoutAKey() {
    given()
        .header("Origin", "https://dashboard.example")
        .header("Access-Control-Request-Method", "PUT")
        .header("Access-Control-Request-Headers", "authorization,content-type")
        .options(Api.privacy("f"))
        .then()
        .statusCode(200)
        .header("Access-Control-Allow-Origin", equalTo("https://dashboard.example"))
        .header("Access-Control-Allow-Methods", containsString("PUT"))
        .header("Access-Control-Allow-Headers", containsString("authorization"));
  }

  @Test
  void theCallItselfIsAllowedToTheNamedOriginOnly() {
    String name = Api.newName();
    Api.admin()
        .header("Origin", "https://dashboard.example")
        .body(Api.EXAMPLE)
        .put(Api.privacy(name))
        .then()
        .statusCode(201)
        .header("Access-Control-Allow-Origin", equalTo("https://dashboard.example"));
    Api.admin()
        .header("Origin", "https://elsewhere.example")
        .get(Api.privacy(name))
        .then()
        .header("Access-Control-Allow-Origin", nullValue());
  }
}
