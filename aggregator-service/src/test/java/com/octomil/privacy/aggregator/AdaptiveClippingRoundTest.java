package com.octomil.privacy.aggregator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;

import com.google.protobuf.ByteString;
import com.octomil.privacy.aggregator.fleet.AggregatorStub;
import com.octomil.privacy.aggregator.fleet.Await;
import com.octomil.privacy.aggregator.fleet.BudgetTable;
import com.octomil.privacy.aggregator.fleet.Fleet;
import com.octomil.privacy.aggregator.fleet.PeersResource;
import com.octomil.privacy.aggregator.fleet.RelayTable;
import com.octomil.privacy.kit.test.EmbeddedPostgresResource;
import com.octomil.privacy.kit.test.ServiceTokenResource;
import com.octomil.privacy.proto.budget.v1.PrivacyConfiguration;
import com.octomil.privacy.proto.relay.v1.AttendedRound;
import com.octomil.privacy.proto.relay.v1.ExcludeDeviceResponse;
import com.octomil.privacy.proto.secagg.v1.ClippingBit;
import com.octomil.privacy.proto.secagg.v1.RoundParameters;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.path.json.JsonPath;
import io.vertx.mutiny.sqlclient.Pool;
import jakarta.inject.Inject;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The clipping norm of a job follows the updates of its devices. */
@QuarkusTest
@QuarkusTestResource(EmbeddedPostgresResource.class)
@QuarkusTestResource(ServiceTokenResource.class)
@QuarkusTestResource(PeersResource.class)
class AdaptiveClippingRoundTest {
  private static final float[] WEIGHTS = {0.5f, -1.25f, 3f};
  private static final double RATE = 0.25;

  @Inject BudgetTable budget;
  @Inject RelayTable relay;
  @Inject Pool pool;
  @Inject MeterRegistry metrics;

  @ConfigProperty(name = "test.grpc-port")
  int port;

  private AggregatorStub aggregator = new AggregatorStub(1);
  private String federation = "";

  @BeforeEach
  void connect() {
    aggregator = new AggregatorStub(port);
    federation = "f-" + UUID.randomUUID().toString().substring(0, 8);
  }

  @AfterEach
  void disconnect() {
    aggregator.close();
  }

  private void configure(PrivacyConfiguration configuration) {
    budget.configure(configuration, 100);
    Rest.putModel(federation, "m", Rest.weights(WEIGHTS)).statusCode(201);
  }

  private static double moved(double norm, double share) {
    return norm * StrictMath.exp(-RATE * (share - 0.5));
  }

  /** As if another replica had taken the job and died: its lease is over. */
  private void takeOver(String job) {
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

  /**
   * Runs a round with secure aggregation; another driver ends the upload if somebody is missing.
   */
  private void masked(String job, Fleet fleet, int uploads) throws Exception {
    List<Fleet.Device> uploaders = fleet.devices().subList(0, uploads);
    for (Fleet.Device each : uploaders) {
      assertThat(aggregator.upload(each).hasAccepted()).isTrue();
    }
    if (uploads < fleet.devices().size()) {
      pool.query(
              "update aggregator.rounds set upload_deadline = now() where job_id = '"
                  + job
                  + "' and state = 'uploading'")
          .executeAndAwait();
      takeOver(job);
    }
    ByteString bitmap = aggregator.survivors(uploaders.getFirst());
    for (Fleet.Device each : uploaders) {
      assertThat(aggregator.sign(each, bitmap).hasAccepted()).isTrue();
    }
    for (Fleet.Device each : uploaders) {
      var answer = aggregator.blocking().reveal(each.reveal(bitmap));
      assertThat(answer.hasAccepted() || answer.hasLate()).as(answer.toString()).isTrue();
    }
  }

  private long[] aggregate(String job, int round) {
    byte[] octets =
        Rest.operator()
            .accept("application/octet-stream")
            .get(
                "/api/v1/federations/"
                    + federation
                    + "/training/"
                    + job
                    + "/rounds/"
                    + round
                    + "/aggregate")
            .then()
            .statusCode(200)
            .extract()
            .asByteArray();
    long[] aggregate = new long[octets.length / Long.BYTES];
    ByteBuffer.wrap(octets).order(ByteOrder.LITTLE_ENDIAN).asLongBuffer().get(aggregate);
    return aggregate;
  }

  @Test
  void theBitsAreMaskedWithTheUpdatesAndAnotherDriverGoesOnWithTheSameNorm() throws Exception {
    configure(Rest.adaptive(Rest.masked(federation, 5).toBuilder()).build());
    String job = Rest.train(federation, 2, 5, 10, 20);
    RelayTable.Session session = relay.await(federation, 0);
    RoundParameters first = session.parsed();
    assertThat(first.getEncoding().getClipNorm()).isEqualTo(1);
    assertThat(first.getDifferentialPrivacy().getNoiseMultiplier()).isEqualTo(0.01);
    assertThat(first.getDifferentialPrivacy().getClippingBit())
        .isEqualTo(ClippingBit.newBuilder().setNoise(0.01).build());
    Fleet fleet = Fleet.share(session, 10, Set.of());
    masked(job, fleet, 9);

    RelayTable.Session next = relay.await(federation, 1);
    // Of the nine in the sum, devices 0, 3 and 6 say that they were clipped; one of ten is missing.
    double share = 0.5 * (6 - 3) / 10.0 + 0.5;
    double norm = moved(1, share);
    assertThat(next.parsed().getEncoding().getClipNorm()).isEqualTo(norm);
    assertThat(next.parsed().getEncoding().getGridStep()).isEqualTo(norm / 1024);
    // The radius in steps of the grid does not change, and so neither does the ring.
    assertThat(next.parsed().getEncoding().getMaxNormSquared()).isEqualTo(1024 * 1024);
    assertThat(next.parsed().getEncoding().getRingBits())
        .isEqualTo(first.getEncoding().getRingBits());
    takeOver(job);
    assertThat(relay.count(federation)).isEqualTo(2);
    JsonPath running = Rest.job(federation, job);
    assertThat(running.getDouble("clip_norm")).isCloseTo(norm, within(1e-6));
    assertThat(running.getDouble("rounds[0].clip_norm")).isEqualTo(1);
    assertThat(running.getDouble("rounds[0].unclipped_share")).isCloseTo(share, within(1e-6));
    assertThat(running.getDouble("rounds[1].clip_norm")).isCloseTo(norm, within(1e-6));
    assertThat(running.<Object>get("rounds[1].unclipped_share")).isNull();
    long updates = metrics.summary("octomil.aggregator.clip.norm").count();
    masked(job, Fleet.share(next, 10, Set.of()), 10);

    JsonPath done = Rest.awaitState(federation, job, "completed");
    // All ten: four of them clipped.
    assertThat(done.getDouble("clip_norm")).isCloseTo(moved(norm, 0.6), within(1e-6));
    assertThat(metrics.summary("octomil.aggregator.clip.norm").count()).isEqualTo(updates + 1);
    // The bit is not part of what is published as the sum. The noise has deviation 0.0115 * 1024:
    // a sum is farther off than 120 in one of 10^24 runs.
    long[] sum = fleet.sumOf(fleet.devices().subList(0, 9));
    long[] released = aggregate(job, 1);
    assertThat(released).hasSize(WEIGHTS.length);
    for (int i = 0; i < released.length; i++) {
      assertThat((double) released[i]).isCloseTo(sum[i], within(120.0));
    }
  }

  /** A round without secure aggregation, of two devices; so many send more than the norm. */
  private Fleet clear(int session, int tooLong) {
    Fleet fleet = Fleet.checkIn(relay.await(federation, session), 2);
    for (Fleet.Device device : fleet.devices()) {
      byte[] payload =
          device.index() < tooLong ? device.longerPayload(1000) : device.clearPayload();
      assertThat(aggregator.upload(device.header(payload), payload).hasAccepted()).isTrue();
    }
    return fleet;
  }

  private double norm(int session) {
    return relay.await(federation, session).parsed().getEncoding().getClipNorm();
  }

  private void knows(String device, Fleet fleet) {
    relay.knows(
        device,
        ExcludeDeviceResponse.newBuilder()
            .setPseudonym(UUID.randomUUID().toString().replace("-", ""))
            .addRounds(
                AttendedRound.newBuilder()
                    .setRoundId(fleet.parameters().getRoundId())
                    .setParticipantId(
                        ByteString.copyFrom(fleet.devices().getFirst().participantId()))
                    .setAdmittedAt(System.currentTimeMillis()))
            .build());
  }

  private JsonPath erase(String device, boolean rebuild) {
    return Rest.operator()
        .contentType("application/json")
        .body(
            "{\"device\": \""
                + device
                + "\", \"reason\": \"asked for\", \"selective_exclusion\": "
                + rebuild
                + "}")
        .post("/api/v1/federations/" + federation + "/erasures")
        .then()
        .statusCode(201)
        .extract()
        .jsonPath();
  }

  /** Versions with a norm of the next round. */
  private List<Integer> versions() {
    List<Integer> versions = new ArrayList<>();
    pool.query(
            "select version from aggregator.clipping_norms where federation = '"
                + federation
                + "' order by version")
        .executeAndAwait()
        .forEach(row -> versions.add(row.getInteger("version")));
    return versions;
  }

  @Test
  void theServerClipsClearUpdatesAndTheNormSurvivesAbortsAndErasures() {
    configure(Rest.adaptive(Rest.privacy(federation)).build());
    String job = Rest.train(federation, 4, 2, 2, 20);
    Fleet first = clear(0, 2);
    double up = moved(1, 0);
    assertThat(norm(1)).isEqualTo(up);
    // An attempt that is aborted moves nothing.
    String device = UUID.randomUUID().toString();
    knows(device, Fleet.checkIn(relay.await(federation, 1), 2));
    var unused = erase(device, false);
    assertThat(norm(2)).isEqualTo(up);
    Fleet second = clear(2, 0);
    double back = moved(up, 1);
    assertThat(norm(3)).isEqualTo(back);
    RelayTable.Session third = relay.await(federation, 3);
    Rest.operator()
        .post("/api/v1/federations/" + federation + "/training/" + job + "/pause")
        .then()
        .statusCode(200);
    assertThat(third.closed()).isFalse();
    clear(3, 1);
    JsonPath paused = Rest.awaitState(federation, job, "paused");
    assertThat(paused.getDouble("clip_norm")).isCloseTo(back, within(1e-6));
    assertThat(versions()).containsExactly(2, 3, 4);
    // Updates were clipped before they were added up: the noise is far smaller than the excess.
    long bound = 2 * 1024 + 200;
    for (long coordinate : aggregate(job, 1)) {
      assertThat(coordinate).isBetween(-bound, bound);
    }
    assertThat(first.devices()).hasSize(2);

    // Without the second round, as if the norm had only grown.
    String other = UUID.randomUUID().toString();
    knows(other, second);
    JsonPath erased = erase(other, true);
    assertThat(erased.getInt("rebuilds[0].version")).isEqualTo(5);
    assertThat(versions()).containsExactly(2, 3, 4, 5);
    Rest.operator()
        .post("/api/v1/federations/" + federation + "/training/" + job + "/resume")
        .then()
        .statusCode(200);
    assertThat(norm(4)).isEqualTo(moved(up, 0.5));
    clear(4, 0);
    var ignored = Rest.awaitState(federation, job, "completed");

    // Another job starts where the configuration says.
    String next = Rest.train(federation, 1, 2, 2, 20);
    assertThat(norm(5)).isEqualTo(1);
    assertThat(Rest.job(federation, next).<Object>get("clip_norm")).isNull();
    clear(5, 0);
    JsonPath done = Rest.awaitState(federation, next, "completed");
    assertThat(done.getDouble("rounds[0].unclipped_share")).isEqualTo(1);
  }

  @Test
  void aRobustAggregationIsRefused() {
    configure(Rest.adaptive(Rest.privacy(federation)).build());
    Rest.postTraining(
            federation,
            """
            {"model": "m", "algorithm": "fedavg", "rounds": 1, "min_updates": 3, "cohort": 3,
             "aggregation": "coordinate_median"}
            """)
        .statusCode(422)
        .body("errors[0].field", equalTo("aggregation"))
        .body("errors[0].message", containsString("differential privacy"));
  }
}
