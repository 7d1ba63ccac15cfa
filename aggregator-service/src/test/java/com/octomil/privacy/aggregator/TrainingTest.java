package com.octomil.privacy.aggregator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.nullValue;

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
import com.octomil.privacy.proto.secagg.v1.Training;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.RestAssured;
import io.restassured.path.json.JsonPath;
import io.restassured.response.ValidatableResponse;
import io.vertx.mutiny.sqlclient.Pool;
import jakarta.inject.Inject;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
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
  @Inject ErasureStore erasures;

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

  /** Reads a stream of progress in the background. */
  private final class Events implements AutoCloseable {
    final List<String> lines = new CopyOnWriteArrayList<>();
    final HttpClient http = HttpClient.newHttpClient();
    final HttpResponse<InputStream> response;
    final CompletableFuture<Void> end;

    Events(String job, String lastEvent) throws Exception {
      HttpRequest.Builder request =
          HttpRequest.newBuilder(
                  URI.create(
                      RestAssured.baseURI
                          + ":"
                          + RestAssured.port
                          + "/api/v1/federations/"
                          + federation
                          + "/training/"
                          + job
                          + "/progress"))
              .header("Authorization", "Bearer edg_operator")
              .header("Accept", "text/event-stream");
      if (!lastEvent.isEmpty()) {
        request.header("Last-Event-ID", lastEvent);
      }
      response = http.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
      end =
          CompletableFuture.runAsync(() ->
              new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8))
                  .lines()
                  .forEach(lines::add));
    }

    List<String> ids() {
      return lines.stream()
          .filter(line -> line.startsWith("id:"))
          .map(line -> line.substring(3).strip())
          .toList();
    }

    @Override
    public void close() throws IOException {
      response.body().close();
      http.close();
    }
  }

  @Test
  void progressIsStreamedToTheEndAndGoesOnAfterACut() throws Exception {
    String job = Rest.train(federation, 2, 2, 2, 20);
    try (Events events = new Events(job, "");
        Events other = new Events(job, "")) {
      assertThat(events.response.statusCode()).isEqualTo(200);
      assertThat(events.response.headers().firstValue("content-type").orElseThrow())
          .startsWith("text/event-stream");
      var unused = relay.await(federation, 0);
      Await.until(
          "the round", Duration.ofSeconds(5), () -> events.ids().contains("running/1/1/open"));
      // One place is left of three, then none.
      try (Events third = new Events(job, "running/1/1/open");
          Events beyond = new Events(job, "")) {
        assertThat(third.response.statusCode()).isEqualTo(200);
        Await.until(
            "a comment",
            Duration.ofSeconds(5),
            () -> third.lines.stream().anyMatch(line -> line.startsWith(":")));
        assertThat(third.ids()).isEmpty();
        assertThat(beyond.response.statusCode()).isEqualTo(429);
        assertThat(beyond.response.headers().firstValue("content-type").orElseThrow())
            .startsWith("application/problem+json");
        assertThat(beyond.response.headers().firstValue("retry-after")).isPresent();
      }
      round(0, 2);
      round(1, 2);
      var ignored = Rest.awaitState(federation, job, "completed");
      events.end.get(10, TimeUnit.SECONDS);
      other.end.get(10, TimeUnit.SECONDS);
      List<String> ids = events.ids();
      assertThat(ids)
          .doesNotHaveDuplicates()
          .contains("running/1/1/open")
          .endsWith("completed/2/1/committed");
      assertThat(events.lines)
          .contains("event:job", "event:round")
          .anyMatch(line -> line.contains("\"rounds_requested\":2"))
          .anyMatch(line -> line.contains("\"clip_norm\":1.0"))
          .anyMatch(line -> line.contains("\"model_version\":3"));
      // A reader that was cut off in the first round gets the rest and the end.
      try (Events resumed = new Events(job, "running/1/1/open")) {
        resumed.end.get(10, TimeUnit.SECONDS);
        assertThat(resumed.ids())
            .containsExactly(
                "running/1/1/committed", "running/2/1/committed", "completed/2/1/committed");
      }
    }
    try (Events bad = new Events(job, "nonsense")) {
      assertThat(bad.response.statusCode()).isEqualTo(400);
    }
    try (Events unknown = new Events(UUID.randomUUID().toString(), "")) {
      assertThat(unknown.response.statusCode()).isEqualTo(404);
    }
  }

  private String start(String fields) {
    return Rest.postTraining(
            federation,
            "{\"model\": \"m\", \"phase_timeout_seconds\": 20, "
                + (fields.contains("min_updates") ? "" : "\"min_updates\": 2, ")
                + fields
                + "}")
        .statusCode(202)
        .extract()
        .path("id");
  }

  @Test
  void theProximalTermReachesTheDevices() {
    String job =
        start("\"algorithm\": \"fedprox\", \"proximal_mu\": 0.25, \"rounds\": 1, \"cohort\": 2");
    assertThat(relay.await(federation, 0).parsed().getTraining())
        .isEqualTo(
            Training.newBuilder()
                .setAlgorithm("fedprox")
                .setLocalEpochs(1)
                .setLearningRate(0.1)
                .setRoundNumber(1)
                .setProximalMu(0.25)
                .build());
    Fleet fleet = round(0, 2);
    JsonPath done = Rest.awaitState(federation, job, "completed");
    assertThat(done.getString("algorithm")).isEqualTo("fedprox");
    assertThat(done.getDouble("proximal_mu")).isEqualTo(0.25);
    long[] sum = fleet.sumOf(fleet.devices());
    float[] expected = WEIGHTS.clone();
    for (int i = 0; i < expected.length; i++) {
      expected[i] =
          (float) (expected[i] + sum[i] * fleet.parameters().getEncoding().getGridStep() / 2);
    }
    assertThat(Rest.modelVersion(federation, "m", 2)).isEqualTo(Rest.weights(expected));
  }

  /** FedAdam by hand over the sums of rounds, from the initial weights. */
  private static float[] adam(List<long[]> sums, double step) {
    double[] m = new double[WEIGHTS.length];
    double[] v = new double[WEIGHTS.length];
    float[] weights = WEIGHTS.clone();
    for (int i = 0; i < weights.length; i++) {
      v[i] = 0.5 * 0.5;
      for (long[] sum : sums) {
        double average = sum[i] * step / 2;
        m[i] = 0.75 * m[i] + (1 - 0.75) * average;
        v[i] = 0.875 * v[i] + (1 - 0.875) * (average * average);
        weights[i] = (float) (weights[i] + 0.1 * (m[i] / (Math.sqrt(v[i]) + 0.5)));
      }
    }
    return weights;
  }

  private byte[] version(int version) {
    return Rest.modelVersion(federation, "m", version);
  }

  @Test
  void momentsSurviveAbortsPausesAndErasures() {
    String device = UUID.randomUUID().toString();
    String job =
        start(
            "\"algorithm\": \"fedadam\", \"rounds\": 4, \"cohort\": 2, \"server_learning_rate\": 0.1,"
                + " \"beta1\": 0.75, \"beta2\": 0.875, \"tau\": 0.5");
    List<long[]> sums = new ArrayList<>();
    Fleet first = round(0, 2);
    sums.add(first.sumOf(first.devices()));
    double step = first.parameters().getEncoding().getGridStep();
    // An aborted attempt changes nothing: the erasure of a device ends the round.
    Fleet aborted = Fleet.checkIn(relay.await(federation, 1), 2);
    knows(device, aborted);
    erase(device, false);
    Fleet second = round(2, 2);
    sums.add(second.sumOf(second.devices()));
    String other = UUID.randomUUID().toString();
    RelayTable.Session session = relay.await(federation, 3);
    post(job, "pause").statusCode(200);
    Fleet third = Fleet.checkIn(session, 2);
    knows(other, second);
    for (Fleet.Device each : third.devices()) {
      byte[] payload = each.clearPayload();
      assertThat(aggregator.upload(each.header(payload), payload).hasAccepted()).isTrue();
    }
    sums.add(third.sumOf(third.devices()));
    JsonPath paused = Rest.awaitState(federation, job, "paused");
    assertThat(paused.getInt("rounds_completed")).isEqualTo(3);
    assertThat(version(4)).isEqualTo(Rest.weights(adam(sums, step)));

    // Without the second round, and the job goes on from the moments of the rebuilt version.
    JsonPath erased = erase(other, true);
    assertThat(erased.getInt("rebuilds[0].version")).isEqualTo(5);
    sums.remove(1);
    assertThat(version(5)).isEqualTo(Rest.weights(adam(sums, step)));
    post(job, "resume").statusCode(200);
    Fleet fourth = round(4, 2);
    sums.add(fourth.sumOf(fourth.devices()));
    JsonPath done = Rest.awaitState(federation, job, "completed");
    assertThat(done.getDouble("beta2")).isEqualTo(0.875);
    assertThat(version(6)).isEqualTo(Rest.weights(adam(sums, step)));

    // Once no sum is left, only what another round could start from is kept.
    assertThat(moments()).containsExactly(2, 3, 4, 5, 6);
    assertThat(erasures.eraseAggregates(Instant.now().minus(Duration.ofDays(365)))).isZero();
    assertThat(moments()).hasSize(5);
    pool.query(
            "update aggregator.rounds set updated_at = now() - interval '366 days' where federation = '"
                + federation
                + "'")
        .executeAndAwait();
    assertThat(erasures.eraseAggregates(Instant.now().minus(Duration.ofDays(365)))).isEqualTo(4);
    assertThat(moments()).containsExactly(6);
  }

  /** Versions with moments. */
  private List<Integer> moments() {
    List<Integer> versions = new ArrayList<>();
    pool.query(
            "select version from aggregator.server_moments where federation = '"
                + federation
                + "' order by version")
        .executeAndAwait()
        .forEach(row -> versions.add(row.getInteger("version")));
    return versions;
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

  /** What lies in the database of uploads of the federation. */
  private List<byte[]> stored() {
    List<byte[]> sums = new ArrayList<>();
    pool.query(
            "select b.sum from aggregator.upload_batches b join aggregator.rounds r on r.id = b.round_id"
                + " where r.federation = '"
                + federation
                + "'")
        .executeAndAwait()
        .forEach(row -> sums.add(row.getBuffer("sum").getBytes()));
    return sums;
  }

  /** By hand: the sum of what is left of each coordinate. */
  private static long[] trimmed(Fleet fleet, int leftOut) {
    long[] sum = new long[WEIGHTS.length];
    for (int i = 0; i < sum.length; i++) {
      int coordinate = i;
      sum[i] =
          fleet.devices().stream()
              .mapToInt(device -> device.update()[coordinate])
              .sorted()
              .skip(leftOut)
              .limit(fleet.devices().size() - 2L * leftOut)
              .sum();
    }
    return sum;
  }

  private static float[] moved(float[] weights, long[] sum, double step, int denominator) {
    float[] next = weights.clone();
    for (int i = 0; i < next.length; i++) {
      next[i] = (float) (next[i] + sum[i] * step / denominator);
    }
    return next;
  }

  @Test
  void theTrimmedMeanIsExactAndNothingOfTheUpdatesIsLeft() {
    String job =
        start(
            "\"algorithm\": \"fedavg\", \"rounds\": 2, \"cohort\": 6, \"min_updates\": 5,"
                + " \"aggregation\": \"trimmed_mean\", \"trim_fraction\": 0.2");
    Fleet first = round(0, 5);
    long[] one = trimmed(first, 1);
    double step = first.parameters().getEncoding().getGridStep();
    Fleet second = Fleet.checkIn(relay.await(federation, 1), 6);
    for (Fleet.Device device : second.devices().subList(0, 5)) {
      byte[] payload = device.clearPayload();
      assertThat(aggregator.upload(device.header(payload), payload).hasAccepted()).isTrue();
    }
    // Acknowledged, so durable; but unreadable: 32 octets of a key, the updates, a tag of 16.
    List<byte[]> sealed = stored();
    assertThat(sealed).isNotEmpty();
    assertThat(sealed.stream().mapToInt(octets -> octets.length - 48).sum())
        .isEqualTo(5 * WEIGHTS.length * Integer.BYTES);
    for (Fleet.Device device : second.devices()) {
      assertThat(sealed).noneMatch(octets -> holds(octets, device.update()));
    }
    byte[] last = second.devices().get(5).clearPayload();
    var unused = aggregator.upload(second.devices().get(5).header(last), last);
    JsonPath done = Rest.awaitState(federation, job, "completed");
    assertThat(done.getString("aggregation")).isEqualTo("trimmed_mean");
    assertThat(done.getList("rounds.denominator", Integer.class)).containsExactly(3, 4);
    long[] two = trimmed(second, 1);
    float[] after = moved(WEIGHTS, one, step, 3);
    assertThat(version(2)).isEqualTo(Rest.weights(after));
    assertThat(version(3)).isEqualTo(Rest.weights(moved(after, two, step, 4)));
    assertThat(stored()).isEmpty();
    assertThat(
            pool.query(
                    "select data::jsonb ->> 'aggregation' as how from aggregator.audit_outbox where federation = '"
                        + federation
                        + "' and type = 'training.completed'")
                .executeAndAwait()
                .iterator()
                .next()
                .getString("how"))
        .isEqualTo("trimmed_mean");

    String device = UUID.randomUUID().toString();
    knows(device, first);
    assertThat(erase(device, true).getInt("rebuilds[0].version")).isEqualTo(4);
    assertThat(version(4)).isEqualTo(Rest.weights(moved(WEIGHTS, two, step, 4)));
  }

  private static boolean holds(byte[] octets, int[] update) {
    ByteBuffer wanted =
        ByteBuffer.allocate(update.length * Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    wanted.asIntBuffer().put(update);
    String all = HexFormat.of().formatHex(octets);
    return all.contains(HexFormat.of().formatHex(wanted.array()));
  }

  @Test
  void aMedianIsRefusedOnceTheServerSeesOnlySums() {
    String job =
        start(
            "\"algorithm\": \"fedavg\", \"rounds\": 2, \"cohort\": 4, \"min_updates\": 3,"
                + " \"aggregation\": \"coordinate_median\"");
    RelayTable.Session session = relay.await(federation, 0);
    post(job, "pause").statusCode(200);
    Fleet fleet = Fleet.checkIn(session, 4);
    for (Fleet.Device device : fleet.devices()) {
      byte[] payload = device.clearPayload();
      assertThat(aggregator.upload(device.header(payload), payload).hasAccepted()).isTrue();
    }
    JsonPath paused = Rest.awaitState(federation, job, "paused");
    assertThat(paused.getInt("rounds[0].denominator")).isEqualTo(2);
    double step = fleet.parameters().getEncoding().getGridStep();
    assertThat(version(2)).isEqualTo(Rest.weights(moved(WEIGHTS, trimmed(fleet, 1), step, 2)));

    budget.configure(Rest.masked(federation, 3), 10);
    post(job, "resume").statusCode(200);
    assertThat(Rest.awaitState(federation, job, "failed").getString("reason"))
        .contains("coordinate_median needs the updates one by one");
    assertThat(relay.count(federation)).isEqualTo(1);
    Await.until(
        "a release", Duration.ofSeconds(10), () -> budget.releasesOf(federation).size() == 1);

    String body =
        "{\"model\": \"m\", \"algorithm\": \"fedavg\", \"rounds\": 1, \"min_updates\": 3, \"cohort\": %d,"
            + " \"aggregation\": \"coordinate_median\"}";
    for (var refused : List.of(Rest.masked(federation, 3), Rest.noisy(federation, 1))) {
      budget.configure(refused, 10);
      Rest.postTraining(federation, body.formatted(4))
          .statusCode(422)
          .body("errors[0].field", equalTo("aggregation"));
    }
    budget.configure(Rest.privacy(federation).build(), 10);
    Rest.putModel(federation, "large", new byte[4096]).statusCode(201);
    Rest.postTraining(federation, body.formatted(100_000).replace("\"m\"", "\"large\""))
        .statusCode(422)
        .body("errors[0].field", equalTo("cohort"))
        .body("errors[0].message", containsString("octomil.aggregator.robust-bytes"));
  }

  @Test
  void anUpdateThatIsTooLongIsClippedAndIsStoredUnreadable() {
    String job =
        start("\"algorithm\": \"fedavg\", \"rounds\": 1, \"cohort\": 2, \"min_updates\": 1");
    Fleet fleet = Fleet.checkIn(relay.await(federation, 0), 2);
    Fleet.Device device = fleet.devices().getFirst();
    byte[] payload = Rest.weights(10, -10, 10);
    assertThat(aggregator.upload(device.header(payload), payload).hasAccepted()).isTrue();
    // A batch of one: its sum is an update.
    List<byte[]> sealed = stored();
    assertThat(sealed)
        .singleElement()
        .satisfies(octets -> assertThat(octets).hasSize(48 + WEIGHTS.length * Integer.BYTES));
    Fleet.Device silent = fleet.devices().get(1);
    byte[] zeros = Rest.weights(0, 0, 0);
    assertThat(aggregator.upload(silent.header(zeros), zeros).hasAccepted()).isTrue();
    var done = Rest.awaitState(federation, job, "completed");
    List<Integer> aggregate =
        Rest.operator()
            .accept("application/json")
            .get("/api/v1/federations/" + federation + "/training/" + job + "/rounds/1/aggregate")
            .then()
            .statusCode(200)
            .extract()
            .path("aggregate");
    long squares = aggregate.stream().mapToLong(value -> (long) value * value).sum();
    assertThat(squares).isLessThanOrEqualTo(fleet.parameters().getEncoding().getMaxNormSquared());
    // 1024 / sqrt(3) = 591.2, less what rounding makes it shrink; the direction is kept.
    assertThat(aggregate.stream().map(value -> Math.abs(value)).toList())
        .allSatisfy(value -> assertThat(value).isBetween(585, 592));
    assertThat(aggregate.get(1)).isNegative();
    assertThat(holds(sealed.getFirst(), aggregate.stream().mapToInt(i -> i).toArray())).isFalse();
    assertThat(done.getInt("rounds[0].denominator")).isEqualTo(2);
    assertThat(stored()).isEmpty();
  }

  @Test
  void aRoundThatLosesItsDriverIsRepeatedAndWhatWasUploadedIsGone() {
    String job =
        start(
            "\"algorithm\": \"fedavg\", \"rounds\": 1, \"cohort\": 3, \"min_updates\": 3,"
                + " \"aggregation\": \"coordinate_median\"");
    Fleet lost = Fleet.checkIn(relay.await(federation, 0), 3);
    byte[] payload = lost.devices().getFirst().clearPayload();
    assertThat(aggregator.upload(lost.devices().getFirst().header(payload), payload).hasAccepted())
        .isTrue();
    assertThat(stored()).hasSize(1);
    // As if another replica had taken the job over, and died.
    pool.query(
            "update aggregator.training_jobs set lease_token = gen_random_uuid(),"
                + " lease_until = now() + interval '3 seconds' where id = '"
                + job
                + "'")
        .executeAndAwait();
    Fleet again = round(1, 3);
    JsonPath done = Rest.awaitState(federation, job, "completed");
    assertThat(done.getList("rounds.state")).containsExactly("aborted", "committed");
    assertThat(stored()).isEmpty();
    double step = again.parameters().getEncoding().getGridStep();
    assertThat(version(2)).isEqualTo(Rest.weights(moved(WEIGHTS, trimmed(again, 1), step, 1)));
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
