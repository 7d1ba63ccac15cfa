package com.octomil.privacy.aggregator;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.octomil.privacy.aggregator.fleet.AggregatorStub;
import com.octomil.privacy.aggregator.fleet.Await;
import com.octomil.privacy.aggregator.fleet.BudgetTable;
import com.octomil.privacy.aggregator.fleet.Fleet;
import com.octomil.privacy.aggregator.fleet.PeersResource;
import com.octomil.privacy.aggregator.fleet.RelayTable;
import com.octomil.privacy.kit.test.EmbeddedPostgresResource;
import com.octomil.privacy.kit.test.ServiceTokenResource;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.path.json.JsonPath;
import io.vertx.mutiny.sqlclient.Pool;
import jakarta.inject.Inject;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A round goes on where it is when another driver takes its job over. */
@QuarkusTest
@QuarkusTestResource(EmbeddedPostgresResource.class)
@QuarkusTestResource(ServiceTokenResource.class)
@QuarkusTestResource(PeersResource.class)
class TakeoverTest {

  @Inject BudgetTable budget;
  @Inject RelayTable relay;
  @Inject Pool pool;
  @Inject MeterRegistry metrics;

  @ConfigProperty(name = "test.grpc-port")
  int port;

  private AggregatorStub aggregator;
  private String federation;
  private String job;

  @BeforeEach
  void startJob() {
    aggregator = new AggregatorStub(port);
    federation = "f-" + UUID.randomUUID().toString().substring(0, 8);
    budget.configure(Rest.masked(federation, 5), 10);
    Rest.putModel(federation, "m", Rest.weights(new float[] {1, 2, 3})).statusCode(201);
    job = Rest.train(federation, 1, 5, 8, 20);
  }

  @AfterEach
  void disconnect() {
    aggregator.close();
  }

  /** As if another replica had taken the job and died: its lease is over. */
  private void takeOver() {
    double before = metrics.counter("octomil.aggregator.rounds.resumed").count();
    pool.query(
            "update aggregator.training_jobs set lease_token = gen_random_uuid(),"
                + " lease_until = now() - interval '1 second' where id = '"
                + job
                + "'")
        .executeAndAwait();
    Await.until(
        "another driver",
        Duration.ofSeconds(20),
        () -> metrics.counter("octomil.aggregator.rounds.resumed").count() > before);
  }

  private String state() {
    return Rest.job(federation, job).getString("rounds[0].state");
  }

  @ParameterizedTest
  @ValueSource(strings = {"open", "uploading", "signing", "revealing"})
  void theRoundFinishesWithTheSumOfItsSurvivors(String phase) throws Exception {
    RelayTable.Session session = relay.await(federation, 0);
    if (phase.equals("open")) {
      takeOver();
    }
    Fleet fleet = Fleet.share(session, 8, Set.of());
    List<Fleet.Device> survivors = fleet.devices().subList(0, 7);
    for (Fleet.Device device : survivors.subList(0, 4)) {
      assertThat(aggregator.upload(device).hasAccepted()).isTrue();
    }
    if (phase.equals("uploading")) {
      takeOver();
    }
    for (Fleet.Device device : survivors) {
      // Those who have uploaded repeat it, as a device does that never got its answer.
      assertThat(aggregator.upload(device).hasAccepted()).isTrue();
    }
    closeUploads();
    ByteString bitmap = aggregator.survivors(survivors.getFirst());
    for (Fleet.Device device : survivors.subList(0, 3)) {
      assertThat(aggregator.sign(device, bitmap).hasAccepted()).isTrue();
    }
    if (phase.equals("signing")) {
      assertThat(state()).isEqualTo("signing");
      takeOver();
    }
    for (Fleet.Device device : survivors) {
      assertThat(aggregator.sign(device, bitmap).hasAccepted()).isTrue();
    }
    Await.until("revealing", Duration.ofSeconds(20), () -> state().equals("revealing"));
    assertThat(aggregator.blocking().reveal(survivors.getFirst().reveal(bitmap)).hasAccepted())
        .isTrue();
    if (phase.equals("revealing")) {
      takeOver();
    }
    for (Fleet.Device device : survivors) {
      var answer = aggregator.blocking().reveal(device.reveal(bitmap));
      // The sum can be unmasked before the last device has revealed.
      assertThat(answer.hasAccepted() || answer.hasLate()).as(answer.toString()).isTrue();
    }
    JsonPath done = Rest.awaitState(federation, job, "completed");
    assertThat(done.getList("rounds.state")).isEqualTo(List.of("committed"));
    assertThat(aggregate()).isEqualTo(fleet.sumOf(survivors));
    // Two drivers may both report the end; it is the end of one reservation.
    assertThat(
            budget.commitsOf(federation).stream().map(BudgetTable.Settled::reservation).distinct())
        .hasSize(1);
    assertThat(budget.releasesOf(federation)).isEmpty();
  }

  /** Lets the deadline pass, which a driver reads with the round. */
  private void closeUploads() {
    pool.query("update aggregator.rounds set upload_deadline = now() where job_id = '" + job + "'")
        .executeAndAwait();
    takeOver();
    Await.until("signing", Duration.ofSeconds(20), () -> state().equals("signing"));
  }

  private long[] aggregate() {
    byte[] octets =
        Rest.operator()
            .accept("application/octet-stream")
            .get("/api/v1/federations/" + federation + "/training/" + job + "/rounds/1/aggregate")
            .then()
            .statusCode(200)
            .extract()
            .asByteArray();
    long[] aggregate = new long[octets.length / Long.BYTES];
    ByteBuffer.wrap(octets).order(ByteOrder.LITTLE_ENDIAN).asLongBuffer().get(aggregate);
    return aggregate;
  }

  @Test
  void aCancelledJobIsEndedByWhoeverTakesItOver() {
    RelayTable.Session session = relay.await(federation, 0);
    pool.query(
            "update aggregator.training_jobs set state = 'cancelled', reason = 'test',"
                + " lease_token = gen_random_uuid(), lease_until = now() - interval '1 second'"
                + " where id = '"
                + job
                + "'")
        .executeAndAwait();
    Await.until("the end of the session", Duration.ofSeconds(20), session::closed);
    assertThat(state()).isEqualTo("aborted");
    Await.until(
        "the release", Duration.ofSeconds(10), () -> budget.releasesOf(federation).size() == 1);
  }
}
