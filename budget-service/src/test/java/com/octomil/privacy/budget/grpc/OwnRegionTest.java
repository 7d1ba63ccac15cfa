package com.octomil.privacy.budget.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.not;

import com.octomil.privacy.budget.test.Api;
import com.octomil.privacy.budget.test.BudgetResources;
import com.octomil.privacy.budget.test.InEurope;
import com.octomil.privacy.budget.test.Internal;
import com.octomil.privacy.kit.error.ErrorCode;
import com.octomil.privacy.kit.grpc.GrpcFailures;
import com.octomil.privacy.kit.test.EmbeddedPostgresResource;
import com.octomil.privacy.kit.test.ServiceTokenResource;
import com.octomil.privacy.proto.budget.v1.ReserveRequest;
import com.octomil.privacy.proto.budget.v1.ReserveResponse;
import io.grpc.StatusRuntimeException;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import org.eclipse.microprofile.config.ConfigProvider;
import org.junit.jupiter.api.Test;

/** A budget service that is in a region itself. */
@QuarkusTest
@TestProfile(InEurope.class)
@QuarkusTestResource(EmbeddedPostgresResource.class)
@QuarkusTestResource(ServiceTokenResource.class)
@QuarkusTestResource(BudgetResources.class)
class OwnRegionTest {

  private static final String BODY =
      """
      {"differential_privacy": {"enabled": true, "epsilon": 2, "delta": 1e-5, "noise_multiplier": 8,
        "max_grad_norm": 1.0},
       "secure_aggregation": {"enabled": true, "min_participating_clients": 10, "reconstruction_threshold": 0.6},
       "regions": ["%s"]}
      """;

  /** A federation that a service of another region pinned there. */
  private static String pinnedElsewhere() throws SQLException {
    String federation = Api.newName();
    Api.put(federation, BODY.formatted("eu")).statusCode(201);
    try (Connection connection =
            EmbeddedPostgresResource.postgres().getPostgresDatabase().getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute("SET session_replication_role = replica");
      statement.execute(
          "UPDATE budget.privacy_configuration SET regions = '{us}' WHERE federation = '"
              + federation
              + "'");
    }
    return federation;
  }

  @Test
  void everyRequestForAFederationThatIsPinnedElsewhereIsRefused() throws Exception {
    String federation = pinnedElsewhere();
    String base = "/api/v1/federations/" + federation;
    for (String path :
        List.of(
            "",
            "/privacy",
            "/privacy/history",
            "/privacy/budget",
            "/privacy/budget/rounds",
            "/privacy/budget/spikes",
            "/privacy/budget/allocations",
            "/events",
            "/compliance",
            "/dpia-bundles",
            "/audit/entries",
            "/audit/export",
            "/audit/checkpoints",
            "/audit/verification")) {
      Api.admin()
          .get(base + path)
          .then()
          .statusCode(403)
          .body("type", equalTo("urn:octomil:problem:region-refused"));
    }
    Api.admin().body("{\"reason\": \"x\"}").post(base + "/versions").then().statusCode(403);
    Api.put(federation, BODY.formatted("eu")).statusCode(403);
    Api.admin()
        .get("/api/v1/federations")
        .then()
        .statusCode(200)
        .body("federations.name", not(hasItem(federation)));
  }

  @Test
  void noRoundIsReservedHereForAFederationThatIsPinnedElsewhere() throws Exception {
    String federation = pinnedElsewhere();
    try (Internal internal =
        new Internal(
            ConfigProvider.getConfig().getValue("quarkus.grpc.server.test-port", Integer.class))) {
      ReserveRequest request =
          ReserveRequest.newBuilder()
              .setFederation(federation)
              .setRoundId(Internal.newRound())
              .setAttempt(1)
              .setRegion("us")
              .build();
      assertThatExceptionOfType(StatusRuntimeException.class)
          .isThrownBy(() -> {
            ReserveResponse unused = internal.ledger().reserve(request);
          })
          .satisfies(refused -> {
            assertThat(GrpcFailures.translate(refused).code()).isEqualTo(ErrorCode.REGION_REFUSED);
            assertThat(refused.getMessage()).contains("this budget service is in 'eu'");
          });
    }
  }
}
