package com.octomil.privacy.budget.rest.dashboard;

import static io.restassured.RestAssured.given;

import com.octomil.privacy.budget.test.BudgetResources;
import com.octomil.privacy.kit.test.EmbeddedPostgresResource;
import com.octomil.privacy.kit.test.ServiceTokenResource;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Switched off, there is no dashboard, and nobody is sent there. */
@QuarkusTest
@TestProfile(NoDashboardTest.WithoutDashboard.class)
@QuarkusTestResource(EmbeddedPostgresResource.class)
@QuarkusTestResource(ServiceTokenResource.class)
@QuarkusTestResource(BudgetResources.class)
class NoDashboardTest {

  /** Switched off. */
  public static class WithoutDashboard implements QuarkusTestProfile {
    @Override
    public Map<String, String> getConfigOverrides() {
      return Map.of("octomil.budget.dashboard.enabled", "false");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/",
        "/dashboard",
        "/dashboard/",
        "/dashboard/index.html",
        "/dashboard/config.json",
        "/dashboard/main.js"
      })
  void nothingIsServed(String path) {
    given().redirects().follow(false).get(path).then().statusCode(404);
  }
}
