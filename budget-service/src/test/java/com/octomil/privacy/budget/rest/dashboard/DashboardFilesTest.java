package com.octomil.privacy.budget.rest.dashboard;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.matchesPattern;
import static org.hamcrest.Matchers.nullValue;

import com.octomil.privacy.budget.test.BudgetResources;
import com.octomil.privacy.kit.test.EmbeddedPostgresResource;
import com.octomil.privacy.kit.test.ServiceTokenResource;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The dashboard's files, with the headers that keep browsers from anything else. */
@QuarkusTest
@TestProfile(DashboardFilesTest.WithNeighbours.class)
@QuarkusTestResource(EmbeddedPostgresResource.class)
@QuarkusTestResource(ServiceTokenResource.class)
@QuarkusTestResource(BudgetResources.class)
class DashboardFilesTest {

  /** The other services are at addresses of their own. */
  public static class WithNeighbours implements QuarkusTestProfile {
    @Override
    public Map<String, String> getConfigOverrides() {
      return Map.of(
          "octomil.budget.dashboard.aggregator-urls",
              "https://training.eu.example,https://training.us.example:8443/",
          "octomil.budget.dashboard.relay-urls", "https://relay.eu.example");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"/", "/dashboard"})
  void theWayThere(String path) {
    given()
        .redirects()
        .follow(false)
        .get(path)
        .then()
        .statusCode(302)
        .header("Location", equalTo("/dashboard/"));
  }

  @Test
  void thePageAllowsNothingButItsOwnFilesAndTheNamedServices() {
    String policy =
        given()
            .get("/dashboard/")
            .then()
            .statusCode(200)
            .contentType(containsString("text/html"))
            .header("X-Content-Type-Options", equalTo("nosniff"))
            .header("Referrer-Policy", equalTo("no-referrer"))
            .header("Cache-Control", equalTo("no-cache"))
            .body(containsString("<main"))
            .extract()
            .header("Content-Security-Policy");
    assertThat(policy.split("; "))
        .contains(
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "connect-src 'self' https://training.eu.example https://training.us.example:8443"
                + " https://relay.eu.example",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
            "require-trusted-types-for 'script'");
    assertThat(policy).doesNotContain("unsafe");
  }

  @Test
  void theConfigurationNamesTheServices() {
    given()
        .get("/dashboard/config.json")
        .then()
        .statusCode(200)
        .contentType("application/json")
        .body(
            "aggregator_urls",
            equalTo(List.of("https://training.eu.example", "https://training.us.example:8443")))
        .body("relay_urls", equalTo(List.of("https://relay.eu.example")));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/dashboard/index.html",
        "/dashboard/main.js",
        "/dashboard/styles.css",
        "/dashboard/lib/uplot/uPlot.esm.js",
        "/dashboard/lib/uplot/uPlot.min.css"
      })
  void aFileIsSentOnce(String path) {
    String tag =
        given()
            .get(path)
            .then()
            .statusCode(200)
            .header("ETag", matchesPattern("\"[0-9a-f]{32}\""))
            .header("Content-Security-Policy", containsString("default-src 'none'"))
            .extract()
            .header("ETag");
    given().header("If-None-Match", tag).get(path).then().statusCode(304);
    given().header("If-None-Match", "\"other\"").get(path).then().statusCode(200);
  }

  @ParameterizedTest
  @ValueSource(strings = {"/dashboard/nothing.js", "/dashboard/..%2f..%2fapplication.properties"})
  void nothingElseIsThere(String path) {
    given().urlEncodingEnabled(false).get(path).then().statusCode(404).header("ETag", nullValue());
  }
}
