package com.octomil.privacy.budget.rest;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.equalTo;

import com.octomil.privacy.budget.test.Api;
import com.octomil.privacy.budget.test.BudgetResources;
import com.octomil.privacy.kit.test.EmbeddedPostgresResource;
import com.octomil.privacy.kit.test.ServiceTokenResource;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.restassured.response.Response;
import java.util.Map;
import org.junit.jupiter.api.Test;

@QuarkusTest
@TestProfile(RateLimitTest.Strict.class)
@QuarkusTestResource(EmbeddedPostgresResource.class)
@QuarkusTestResource(ServiceTokenResource.class)
@QuarkusTestResource(BudgetResources.class)
class RateLimitTest {

  private static final String PATH = "/api/v1/federations";

  /** Three wrong keys, and one more each minute. */
  public static class Strict implements QuarkusTestProfile {
    @Override
    public Map<String, String> getConfigOverrides() {
      return Map.of("octomil.auth.failures.burst", "3", "octomil.auth.failures.per-minute", "1");
    }
  }

  @Test
  void wrongKeysAreSlowedDownAndGoodOnesAreNot() {
    String unused = Api.newKey(null, "read");
    Api.admin().get(PATH).then().statusCode(200);
    for (int i = 0; i < 3; i++) {
      Api.as("edg_" + "A".repeat(43)).get(PATH).then().statusCode(401);
    }
    Response limited =
        Api.as("edg_" + "A".repeat(43))
            .get(PATH)
            .then()
            .statusCode(429)
            .contentType("application/problem+json")
            .body("type", equalTo("urn:octomil:problem:too-many-requests"))
            .extract()
            .response();
    assertThat(Integer.parseInt(limited.header("Retry-After"))).isBetween(1, 60);
    given().get(PATH).then().statusCode(429);
    // A key that nobody has used before waits with them, one that is in use does not.
    Api.as(unused).get(PATH).then().statusCode(429);
    Api.admin().get(PATH).then().statusCode(200);
  }
}
