package com.octomil.privacy.aggregator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.nullValue;

import com.octomil.privacy.aggregator.fleet.AggregatorStub;
import com.octomil.privacy.aggregator.fleet.BudgetTable;
import com.octomil.privacy.aggregator.fleet.Fleet;
import com.octomil.privacy.aggregator.fleet.PeersResource;
import com.octomil.privacy.aggregator.fleet.RelayTable;
import com.octomil.privacy.kit.test.EmbeddedPostgresResource;
import com.octomil.privacy.kit.test.ServiceTokenResource;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.path.json.JsonPath;
import io.restassured.response.ValidatableResponse;
import io.vertx.mutiny.sqlclient.Pool;
import jakarta.inject.Inject;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Training jobs, over rounds without secure aggregation. */
@QuarkusTest
@QuarkusTestResource(EmbeddedPostgresResource.class)
@QuarkusTestResource(ServiceTokenResource.class)
@QuarkusTestResource(PeersResource.class)
class TrainingTest {
  private static final float[] WEIGHTS = {0.5f, -1.25f, 3f};

  @Inject BudgetTable budget;
  @Inject RelayTable relay;
  @Inject Pool pool;

  @ConfigProperty(name = "test.grpc-port")
  int port;

  private AggregatorStub aggregator = new AggregatorStub(1);
  private String federation = "";

  @BeforeEach
  void connect() {
    aggregator = new AggregatorStub(port);
    federation = "f-" + UUID.randomUUID().toString().substring(0, 8);
    budget.configure(Rest.privacy(federation).build(), 100);
    Rest.putModel(federation, "m", Rest.weights(WEIGHTS)).statusCode(201);
  }

  @AfterEach
  void disconnect() {
    aggregator.close();
  }

  /** Lets devices take part in the n-th session, from 0. */
  private Fleet round(int n, int devices) {
    Fleet fleet = Fleet.checkIn(relay.await(federation, n), devices);
    for (Fleet.Device device : fleet.devices()) {
      byte[] payload = device.clearPayload();
      assertThat(aggregator.upload(device.header(payload), payload).hasAccepted()).isTrue();
    }
    return fleet;
  }

  private ValidatableResponse post(String job, String action) {
    return Rest.operator()
        .post("/api/v1/federations/" + federation + "/training/" + job + "/" + action)
        .then();
  }

  private List<String> audited(String prefix) {
    List<String> types = new ArrayList<>();
    pool.query(
            "select type from aggregator.audit_outbox where federation = '"
                + federation
                + "' and type like '"
                + prefix
                + "%' order by id")
        .executeAndAwait()
        .forEach(row -> types.add(row.getString("type")));
    return types;
  }

  @Test
  void aPauseLetsTheRoundEndAndAResumedJobGoesOn() {
    String job = Rest.train(federation, 2, 2, 2, 20);
    Fleet first = Fleet.checkIn(relay.await(federation, 0), 2);
    post(job, "pause")
        .statusCode(200)
        .body("state", equalTo("running"))
        .body("pause_requested", equalTo(true));
    post(job, "pause").statusCode(200);
    for (Fleet.Device device : first.devices()) {
      byte[] payload = device.clearPayload();
      assertThat(aggregator.upload(device.header(payload), payload).hasAccepted()).isTrue();
    }
    JsonPath paused = Rest.awaitState(federation, job, "paused");
    assertThat(paused.getString("reason")).isEqualTo("Paused by the operator.");
    assertThat(paused.getInt("rounds_completed")).isEqualTo(1);
    assertThat(paused.getList("rounds.state")).containsExactly("committed");
    assertThat(paused.getBoolean("pause_requested")).isFalse();
    assertThat(relay.count(federation)).isEqualTo(1);
    post(job, "pause").statusCode(200).body("state", equalTo("paused"));

    post(job, "resume").statusCode(200).body("reason", nullValue());
    round(1, 2);
    JsonPath done = Rest.awaitState(federation, job, "completed");
    assertThat(done.getInt("rounds_completed")).isEqualTo(2);
    post(job, "pause").statusCode(409).contentType("application/problem+json");
    assertThat(audited("training."))
        .containsSubsequence(
            "training.pause-requested", "training.paused", "training.pending", "training.completed")
        .containsOnlyOnce("training.pause-requested");
  }

  @Test
  void aPausedJobMakesRoomForAnother() {
    String job = Rest.train(federation, 1, 2, 2, 1);
    var unused = relay.await(federation, 0);
    // Nobody comes: the attempt ends without a result, and no other begins.
    post(job, "pause").statusCode(200);
    JsonPath paused = Rest.awaitState(federation, job, "paused");
    assertThat(paused.getList("rounds.state")).containsExactly("aborted");
    String other = Rest.train(federation, 1, 2, 2, 20);
    round(1, 2);
    var ignored = Rest.awaitState(federation, other, "completed");
    post(job, "cancel").statusCode(200).body("state", equalTo("cancelled"));
  }
}
