package com.octomil.privacy.aggregator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.not;

import com.google.protobuf.ByteString;
import com.octomil.privacy.aggregator.domain.ErasureStore;
import com.octomil.privacy.aggregator.fleet.AggregatorStub;
import com.octomil.privacy.aggregator.fleet.Await;
import com.octomil.privacy.aggregator.fleet.BudgetTable;
import com.octomil.privacy.aggregator.fleet.Fleet;
import com.octomil.privacy.aggregator.fleet.PeersResource;
import com.octomil.privacy.aggregator.fleet.RelayTable;
import com.octomil.privacy.kit.test.EmbeddedPostgresResource;
import com.octomil.privacy.kit.test.ServiceTokenResource;
import com.octomil.privacy.proto.relay.v1.AttendedRound;
import com.octomil.privacy.proto.relay.v1.ExcludeDeviceResponse;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.path.json.JsonPath;
import io.restassured.response.ValidatableResponse;
import io.vertx.mutiny.sqlclient.Pool;
import jakarta.inject.Inject;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@QuarkusTest
@QuarkusTestResource(EmbeddedPostgresResource.class)
@QuarkusTestResource(ServiceTokenResource.class)
@QuarkusTestResource(PeersResource.class)
class ErasureTest {
  private static final int DEVICES = 10;
  private static final float[] WEIGHTS = {0.5f, -1.25f, 3f, 0f, 7.75f, -0.001f, 2.5f};

  @Inject BudgetTable budget;
  @Inject RelayTable relay;
  @Inject Pool pool;
  @Inject ErasureStore erasures;

  @ConfigProperty(name = "test.grpc-port")
  int port;

  private final String device = UUID.randomUUID().toString();
  private final String pseudonym = UUID.randomUUID().toString().replace("-", "");
  private final List<AttendedRound> attended = new ArrayList<>();
  private final List<long[]> sums = new ArrayList<>();
  private double step;
  private AggregatorStub aggregator = new AggregatorStub(1);
  private String federation = "";

  @BeforeEach
  void connect() {
    aggregator = new AggregatorStub(port);
    federation = "f-" + UUID.randomUUID().toString().substring(0, 8);
    budget.configure(Rest.masked(federation, 5), 10);
    Rest.putModel(federation, "m", Rest.weights(WEIGHTS)).statusCode(201);
  }

  @AfterEach
  void disconnect() {
    aggregator.close();
  }

  /** Runs a round to its end; the subject takes part as the device with index 0 if it shall. */
  private void round(int number, boolean withSubject) throws Exception {
    RelayTable.Session session = relay.await(federation, number - 1);
    Fleet fleet = Fleet.share(session, DEVICES, Set.of());
    List<Fleet.Device> uploaders = fleet.devices();
    if (withSubject) {
      attends(session, fleet);
    }
    List<CompletableFuture<Boolean>> answers = new ArrayList<>();
    for (Fleet.Device each : uploaders) {
      answers.add(CompletableFuture.supplyAsync(() -> aggregator.upload(each).hasAccepted()));
    }
    answers.forEach(answer -> assertThat(answer.join()).isTrue());
    ByteString bitmap = aggregator.survivors(uploaders.getFirst());
    for (Fleet.Device each : uploaders) {
      assertThat(aggregator.sign(each, bitmap).hasAccepted()).isTrue();
      assertThat(aggregator.blocking().reveal(each.reveal(bitmap)).hasAccepted()).isTrue();
    }
    Await.until("the end of the round", Duration.ofSeconds(20), session::closed);
    sums.add(fleet.sumOf(uploaders));
    step = fleet.parameters().getEncoding().getGridStep();
  }

  private void attends(RelayTable.Session session, Fleet fleet) {
    attended.add(
        AttendedRound.newBuilder()
            .setRoundId(session.parsed().getRoundId())
            .setParticipantId(ByteString.copyFrom(fleet.devices().getFirst().participantId()))
            .setAdmittedAt(System.currentTimeMillis())
            .build());
    relay.knows(
        device,
        ExcludeDeviceResponse.newBuilder().setPseudonym(pseudonym).addAllRounds(attended).build());
  }

  private ValidatableResponse erase(String body) {
    return Rest.operator()
        .contentType("application/json")
        .body(body)
        .post("/api/v1/federations/" + federation + "/erasures")
        .then();
  }

  private JsonPath erased(boolean rebuild) {
    return erase(
            "{\"device\": \""
                + device
                + "\", \"reason\": \"asked for\", \"selective_exclusion\": "
                + rebuild
                + "}")
        .statusCode(201)
        .body(not(containsString(device)))
        .extract()
        .jsonPath();
  }

  private float[] without(Set<Integer> rounds) {
    float[] weights = WEIGHTS.clone();
    for (int round = 1; round <= sums.size(); round++) {
      if (!rounds.contains(round)) {
        for (int i = 0; i < weights.length; i++) {
          weights[i] = (float) (weights[i] + sums.get(round - 1)[i] * step / DEVICES);
        }
      }
    }
    return weights;
  }

  private static float[] floats(byte[] octets) {
    float[] values = new float[octets.length / 4];
    ByteBuffer.wrap(octets).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(values);
    return values;
  }

  @Test
  void modelsAreRebuiltWithoutTheRoundsOfTheDevice() throws Exception {
    String job = Rest.train(federation, 4, 5, DEVICES, 8);
    round(1, false);
    round(2, true);
    round(3, false);
    round(4, true);
    JsonPath done = Rest.awaitState(federation, job, "completed");
    assertThat(done.getInt("model_version")).isEqualTo(5);

    JsonPath listed = erased(false);
    assertThat(listed.getList("rounds")).hasSize(2);
    assertThat(listed.getList("rounds.number", Integer.class)).containsExactly(2, 4);
    assertThat(listed.getList("rounds.in_model", Boolean.class)).containsExactly(true, true);
    assertThat(listed.getList("rebuilds")).isEmpty();

    JsonPath rebuilt = erased(true);
    assertThat(rebuilt.getString("id")).isEqualTo(listed.getString("id"));
    assertThat(rebuilt.getInt("rebuilds[0].version")).isEqualTo(6);
    // From the version after round 1; only round 3 is applied again.
    assertThat(rebuilt.getInt("rebuilds[0].replayed_rounds")).isEqualTo(1);
    assertThat(floats(Rest.modelVersion(federation, "m", 6))).isEqualTo(without(Set.of(2, 4)));
    assertThat(budget.commitsOf(federation)).hasSize(4);

    // Training goes on from the rebuilt version, and a second device leaves with round 5.
    String more = Rest.train(federation, 1, 5, DEVICES, 8);
    round(5, true);
    var unused = Rest.awaitState(federation, more, "completed");
    JsonPath again = erased(true);
    assertThat(again.getInt("rebuilds[1].from_version")).isEqualTo(7);
    assertThat(again.getInt("rebuilds[1].version")).isEqualTo(8);
    assertThat(again.getInt("rebuilds[1].replayed_rounds")).isZero();
    assertThat(Rest.modelVersion(federation, "m", 8))
        .isEqualTo(Rest.modelVersion(federation, "m", 6));
  }

  @Test
  void sumsThatAreGoneMakeARebuildImpossibleAndTheAnswerSaysSo() throws Exception {
    String job = Rest.train(federation, 2, 5, DEVICES, 8);
    round(1, true);
    round(2, false);
    var unused = Rest.awaitState(federation, job, "completed");
    // The clock moves past the retention of the later round.
    pool.query(
            "update aggregator.rounds set updated_at = now() - interval '366 days' where federation = '"
                + federation
                + "' and number = 2")
        .executeAndAwait();
    assertThat(erasures.eraseAggregates(Instant.now().minus(Duration.ofDays(365)))).isEqualTo(1);
    JsonPath answer = erased(true);
    assertThat(answer.getString("rebuilds[0].problem"))
        .contains("1 later rounds are gone", "round-aggregate-retention")
        .contains("last version without the device is 1");
    assertThat(answer.<Object>get("rebuilds[0].version")).isNull();
    Rest.operator()
        .get("/api/v1/federations/" + federation + "/models/m")
        .then()
        .statusCode(200)
        .body("latest_version", equalTo(3));
    Rest.operator()
        .accept("text/html")
        .get(
            "/api/v1/federations/" + federation + "/erasures/" + answer.getString("id") + "/report")
        .then()
        .statusCode(200)
        .body(containsString("could not be rebuilt"))
        .body(not(containsString(device)));
  }

  @Test
  void aRoundThatRunsWithTheDeviceIsAbortedAndTriedAgain() throws Exception {
    String job = Rest.train(federation, 1, 5, DEVICES, 20);
    RelayTable.Session session = relay.await(federation, 0);
    Fleet fleet = Fleet.share(session, DEVICES, Set.of());
    attends(session, fleet);
    assertThat(aggregator.upload(fleet.devices().getFirst()).hasAccepted()).isTrue();
    JsonPath answer = erased(true);
    assertThat(answer.getString("rounds[0].state")).isEqualTo("aborted");
    assertThat(answer.getBoolean("rounds[0].in_model")).isFalse();
    assertThat(answer.getList("rebuilds")).isEmpty();
    round(2, false);
    JsonPath done = Rest.awaitState(federation, job, "completed");
    assertThat(done.getInt("rounds_completed")).isEqualTo(1);
    assertThat(budget.releasesOf(federation)).hasSize(1);
  }

  @Test
  void badRequestsAreRefusedWithoutRepeatingTheDevice() {
    erase("{\"reason\": \"x\"}").statusCode(400).body("errors[0].field", equalTo("device"));
    erase("{\"device\": \"" + device + "\"}")
        .statusCode(400)
        .body("errors[0].field", equalTo("reason"))
        .body(not(containsString(device)));
    erase("{\"device\": \"" + device + "\", \"reason\": \"x\"}")
        .statusCode(404)
        .body(not(containsString(device)));
    Rest.operator()
        .get("/api/v1/federations/" + federation + "/erasures/nonsense")
        .then()
        .statusCode(400);
    Rest.operator()
        .get("/api/v1/federations/" + federation + "/erasures/" + UUID.randomUUID())
        .then()
        .statusCode(404);
    Rest.operator()
        .get("/api/v1/federations/" + federation + "/erasures")
        .then()
        .statusCode(200)
        .body("erasures", equalTo(List.of()));
    assertThat(Map.of("kept", relay.count(federation))).containsEntry("kept", 0);
  }
}
