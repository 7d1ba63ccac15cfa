package com.octomil.privacy.budget.audit;

import static org.assertj.core.api.Assertions.assertThat;

import com.octomil.privacy.budget.test.Api;
import com.octomil.privacy.budget.test.BudgetResources;
import com.octomil.privacy.budget.test.InEurope;
import com.octomil.privacy.kit.test.EmbeddedPostgresResource;
import com.octomil.privacy.kit.test.ServiceTokenResource;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

/** Logs that have grown are signed without anybody asking. */
@QuarkusTest
@TestProfile(InEurope.class)
@QuarkusTestResource(EmbeddedPostgresResource.class)
@QuarkusTestResource(ServiceTokenResource.class)
@QuarkusTestResource(BudgetResources.class)
class CheckpointIntervalTest {

  @Test
  void aLogThatHasGrownIsSignedAndEntriesSayWhere() {
    String federation = Api.newName();
    Api.put(federation, Api.EXAMPLE).statusCode(201);
    String audit = "/api/v1/federations/" + federation + "/audit";
    List<Object> checkpoints = List.of();
    // The service looks every ten seconds.
    for (int i = 0; i < 200 && checkpoints.isEmpty(); i++) {
      LockSupport.parkNanos(Duration.ofMillis(200).toNanos());
      checkpoints =
          Api.admin()
              .get(audit + "/checkpoints")
              .then()
              .statusCode(200)
              .extract()
              .jsonPath()
              .getList("checkpoints");
    }
    assertThat(checkpoints).isNotEmpty();
    assertThat(
            Api.admin()
                .get(audit + "/entries")
                .then()
                .extract()
                .jsonPath()
                .getList("entries.entry.region", String.class))
        .isNotEmpty()
        .containsOnly("eu");
  }
}
