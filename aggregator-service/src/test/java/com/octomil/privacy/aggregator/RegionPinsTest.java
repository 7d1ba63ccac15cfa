package com.octomil.privacy.aggregator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.equalTo;

import com.octomil.privacy.aggregator.fleet.BudgetTable;
import com.octomil.privacy.aggregator.fleet.PeersResource;
import com.octomil.privacy.kit.error.ErrorCode;
import com.octomil.privacy.kit.error.ServiceException;
import com.octomil.privacy.kit.region.ServiceRegion;
import com.octomil.privacy.kit.test.EmbeddedPostgresResource;
import com.octomil.privacy.kit.test.ServiceTokenResource;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.vertx.mutiny.sqlclient.Pool;
import jakarta.inject.Inject;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the budget service refuses stops the aggregator. */
@QuarkusTest
@QuarkusTestResource(EmbeddedPostgresResource.class)
@QuarkusTestResource(ServiceTokenResource.class)
@QuarkusTestResource(PeersResource.class)
class RegionPinsTest {

  @Inject BudgetTable budget;
  @Inject Pool pool;
  private String federation = "";

  @BeforeEach
  void name() {
    federation = "f-" + UUID.randomUUID().toString().substring(0, 8);
  }

  @Test
  void everyRequestForAFederationThatIsPinnedElsewhereIsRefused() {
    budget.refuse(
        federation,
        ServiceRegion.refusal(federation, List.of("us"), "the caller", Optional.of("eu")));
    String base = "/api/v1/federations/" + federation;
    for (String path :
        List.of(
            "/models/m",
            "/models/m/versions/1",
            "/training",
            "/training/" + UUID.randomUUID(),
            "/training/" + UUID.randomUUID() + "/rounds/1",
            "/training/" + UUID.randomUUID() + "/rounds/1/aggregate",
            "/erasures",
            "/erasures/" + UUID.randomUUID())) {
      Rest.operator()
          .get(base + path)
          .then()
          .statusCode(403)
          .body("type", equalTo("urn:octomil:problem:region-refused"));
    }
    Rest.putModel(federation, "m", Rest.weights(1)).statusCode(403);
    Rest.postTraining(federation, "{}").statusCode(403);
    assertThat(
            pool.query(
                    "select 1 from aggregator.audit_outbox where type = 'access.refused' and federation = '"
                        + federation
                        + "' and data like '%region-refused%'")
                .executeAndAwait()
                .rowCount())
        .isPositive();
  }

  @Test
  void aRoundThatIsRefusedPausesTheTrainingWithTheReason() {
    budget.configure(Rest.masked(federation, 5), 10);
    Rest.putModel(federation, "m", Rest.weights(1, 2)).statusCode(201);
    budget.refuseRounds(
        federation,
        new ServiceException(
            ErrorCode.COMPLIANCE_REFUSED, "Clause gdpr-dpia: there is no DPIA bundle yet."));
    String job = Rest.train(federation, 1, 5, 10, 5);
    assertThat(Rest.awaitState(federation, job, "paused").getString("reason"))
        .contains("gdpr-dpia");
    budget.refuseRounds(
        federation,
        ServiceRegion.refusal(federation, List.of("us"), "the caller", Optional.of("eu")));
    Rest.operator()
        .post("/api/v1/federations/" + federation + "/training/" + job + "/resume")
        .then()
        .statusCode(200);
    assertThat(Rest.awaitState(federation, job, "paused").getString("reason"))
        .contains("pinned to the regions");
  }
}
