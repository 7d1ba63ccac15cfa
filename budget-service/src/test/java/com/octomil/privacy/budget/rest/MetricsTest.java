package com.octomil.privacy.budget.rest;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;

import com.octomil.privacy.budget.test.Api;
import com.octomil.privacy.budget.test.BudgetResources;
import com.octomil.privacy.budget.test.Internal;
import com.octomil.privacy.kit.test.EmbeddedPostgresResource;
import com.octomil.privacy.kit.test.ServiceTokenResource;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import org.eclipse.microprofile.config.ConfigProvider;
import org.junit.jupiter.api.Test;

/** The metrics that the README names are there under these names. */
@QuarkusTest
@QuarkusTestResource(EmbeddedPostgresResource.class)
@QuarkusTestResource(ServiceTokenResource.class)
@QuarkusTestResource(BudgetResources.class)
class MetricsTest {

  @TestHTTPResource(management = true)
  URI management;

  @Test
  void everyDocumentedMetricIsExposed() throws Exception {
    String federation = Api.newName();
    Api.put(federation, Api.configuration(4, 1e-5, 3)).statusCode(201);
    try (Internal internal =
        new Internal(
            ConfigProvider.getConfig().getValue("quarkus.grpc.server.test-port", Integer.class))) {
      for (int i = 0; i < 5; i++) {
        internal.commit(internal.reserved(federation), 20, 20);
      }
      internal.commit(internal.reserved(federation), 20, 5);
      internal.release(internal.reserved(federation));
      internal.reserve(Api.newName(), Internal.newRound(), 1);
      String exhausted = Api.newName();
      Api.put(exhausted, Api.configuration(1, 1e-5, 1)).statusCode(201);
      internal.reserve(exhausted, Internal.newRound(), 1);
    }
    Api.as("edg_wrong").get("/api/v1/federations").then().statusCode(401);

    String exposed =
        given().get(management.resolve("/q/metrics")).then().statusCode(200).extract().asString();
    String documented = Files.readString(Path.of("README.md"));
    for (String sample :
        new String[] {
          "octomil_budget_reservations_total{outcome=\"reserved\"}",
          "octomil_budget_reservations_total{outcome=\"exhausted\"}",
          "octomil_budget_reservations_total{outcome=\"federation_unknown\"}",
          "octomil_budget_exhausted_total",
          "octomil_budget_spikes_total{rule=\"cohort\"}",
          "octomil_auth_failures_total{outcome=\"refused\"}",
          "octomil_db_transaction_seconds_count{name=\"ledger-reserve\",outcome=\"committed\"}",
          "octomil_db_transaction_seconds_count{name=\"ledger-commit\",outcome=\"committed\"}",
          "octomil_db_transaction_seconds_count{name=\"ledger-release\",outcome=\"committed\"}",
        }) {
      assertThat(exposed).contains("\n" + sample + " ");
      String name = sample.replaceFirst("(_count)?(\\{.*)?$", "");
      assertThat(documented).contains("`" + name);
    }
    assertThat(exposed).doesNotContain(federation);
  }
}
