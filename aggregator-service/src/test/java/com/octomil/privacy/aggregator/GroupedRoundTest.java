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
import com.octomil.privacy.proto.aggregator.v1.GetRoundResultRequest;
import com.octomil.privacy.proto.aggregator.v1.GetRoundResultResponse;
import com.octomil.privacy.proto.aggregator.v1.GetSurvivorsRequest;
import com.octomil.privacy.proto.aggregator.v1.GetSurvivorsResponse;
import com.octomil.privacy.proto.budget.v1.PrivacyConfiguration;
import com.octomil.privacy.proto.secagg.v1.AbortReason;
import com.octomil.privacy.proto.secagg.v1.Aborted;
import com.octomil.privacy.secagg.wire.IndexBitmap;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.path.json.JsonPath;
import io.vertx.mutiny.sqlclient.Pool;
import jakarta.inject.Inject;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Rounds of 24 devices where a group may have 12: which groups are in the sum. */
@QuarkusTest
@QuarkusTestResource(EmbeddedPostgresResource.class)
@QuarkusTestResource(ServiceTokenResource.class)
@QuarkusTestResource(PeersResource.class)
class GroupedRoundTest {
  private static final int DEVICES = 24;
  private static final float[] WEIGHTS = {0.5f, -1.25f, 3f, 0f, 7.75f};

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
    federation = "g-" + UUID.randomUUID().toString().substring(0, 8);
  }

  @AfterEach
  void disconnect() {
    aggregator.close();
  }

  /** Degree 6 and threshold 2 in two groups of twelve. */
  private PrivacyConfiguration configuration() {
    PrivacyConfiguration.Builder masked = Rest.masked(federation, 5).toBuilder();
    masked.getSecureAggregationBuilder().setDropoutFraction(0.2);
    return masked.build();
  }

  private String start(int minUpdates, double phaseSeconds) {
    budget.configure(configuration(), 10);
    Rest.putModel(federation, "m", Rest.weights(WEIGHTS)).statusCode(201);
    return Rest.train(federation, 1, minUpdates, DEVICES, phaseSeconds);
  }

  private Fleet share(Set<Integer> notSharing) throws Exception {
    Fleet fleet = Fleet.share(relay.await(federation, 0), DEVICES, notSharing);
    assertThat(fleet.parameters().getSecureAggregation().getMaxGroupSize()).isEqualTo(12);
    assertThat(fleet.parameters().getSecureAggregation().getMinGroupSurvivors()).isEqualTo(5);
    // 2^15 > 2 * 12 * 1024, where 24 devices would take 16 bits.
    assertThat(fleet.parameters().getEncoding().getRingBits()).isEqualTo(15);
    return fleet;
  }

  private static List<Fleet.Device> group(Fleet fleet, int group) {
    return fleet.devices().stream().filter(device -> fleet.group(device) == group).toList();
  }

  private void upload(List<Fleet.Device> devices) {
    devices.stream()
        .map(device -> CompletableFuture.supplyAsync(() -> aggregator.upload(device)))
        .toList()
        .forEach(answer -> assertThat(answer.join().hasAccepted()).isTrue());
  }

  private void sign(List<Fleet.Device> devices, ByteString bitmap) {
    devices.forEach(device -> assertThat(aggregator.sign(device, bitmap).hasAccepted()).isTrue());
  }

  private void reveal(List<Fleet.Device> devices, ByteString bitmap) {
    devices.forEach(device ->
        assertThat(aggregator.blocking().reveal(device.reveal(bitmap)).hasAccepted()).isTrue());
  }

  private static List<Fleet.Device> both(List<Fleet.Device> first, List<Fleet.Device> second) {
    List<Fleet.Device> all = new ArrayList<>(first);
    all.addAll(second);
    return all;
  }

  private void assertAggregate(String job, long[] expected) {
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
    assertThat(aggregate).isEqualTo(expected);
  }

  private GetRoundResultResponse result(Fleet.Device device) {
    return Await.value(
        "result",
        Duration.ofSeconds(20),
        () ->
            Optional.of(
                    aggregator
                        .blocking()
                        .getRoundResult(
                            GetRoundResultRequest.newBuilder()
                                .setTicket(device.ticket())
                                .setWaitMillis(5000)
                                .build()))
                .filter(response -> !response.hasPending()));
  }

  private static void assertLeftOut(Aborted aborted, AbortReason reason, String detail) {
    assertThat(aborted.getReason()).isEqualTo(reason);
    assertThat(aborted.getDetail())
        .startsWith("The round goes on without the group of this device.")
        .contains(detail);
  }

  private long batches(String condition) {
    return pool.query(
            "select count(*) as n from aggregator.upload_batches b join aggregator.rounds r on r.id = b.round_id"
                + " where r.federation = '"
                + federation
                + "' and "
                + condition)
        .executeAndAwait()
        .iterator()
        .next()
        .getLong("n");
  }

  @Test
  void theSumOfAllGroupsIsExact() throws Exception {
    String job = start(5, 8);
    Fleet fleet = share(Set.of(3));
    List<Fleet.Device> uploaders =
        fleet.devices().stream()
            .filter(device -> !Set.of(3, 7, 11).contains(device.index()))
            .toList();
    assertThat(group(fleet, 0)).hasSize(12);
    upload(uploaders);
    ByteString bitmap = aggregator.survivors(uploaders.getFirst());
    assertThat(batches("group_index = 0")).isPositive();
    assertThat(batches("group_index = 1")).isPositive();
    sign(uploaders, bitmap);
    reveal(uploaders, bitmap);

    JsonPath done = Rest.awaitState(federation, job, "completed");
    assertAggregate(job, fleet.sumOf(uploaders));
    assertThat(done.getInt("rounds[0].groups")).isEqualTo(2);
    assertThat(done.getInt("rounds[0].groups_left_out")).isZero();
    assertThat(done.getInt("rounds[0].survivors")).isEqualTo(21);
    assertThat(done.getInt("rounds[0].denominator")).isEqualTo(DEVICES);
  }

  @Test
  void aGroupOfWhichTooFewUploadedIsLeftOut() throws Exception {
    String job = start(5, 4);
    Fleet fleet = share(Set.of());
    List<Fleet.Device> left = group(fleet, 0).subList(0, 4);
    List<Fleet.Device> others = group(fleet, 1);
    upload(both(left, others));

    ByteString bitmap = aggregator.survivors(others.getFirst());
    BitSet survivors = IndexBitmap.parse(bitmap.toByteArray(), DEVICES);
    assertThat(survivors.stream().boxed())
        .containsExactlyElementsOf(others.stream().map(Fleet.Device::index).sorted().toList());
    // What they sent is gone, and nobody is asked to reveal anything for it.
    assertThat(batches("group_index = 0")).isZero();
    GetSurvivorsResponse answer =
        aggregator
            .blocking()
            .getSurvivors(
                GetSurvivorsRequest.newBuilder().setTicket(left.getFirst().ticket()).build());
    assertLeftOut(
        answer.getAborted(),
        AbortReason.ABORT_REASON_TOO_FEW_DEVICES,
        "4 devices of the group uploaded; the minimum is 5.");
    assertThat(aggregator.sign(left.getFirst(), bitmap).hasAborted()).isTrue();
    assertThat(aggregator.blocking().reveal(left.getFirst().reveal(bitmap)).hasAborted()).isTrue();
    sign(others, bitmap);
    reveal(others, bitmap);

    JsonPath done = Rest.awaitState(federation, job, "completed");
    assertAggregate(job, fleet.sumOf(others));
    assertThat(done.getInt("rounds[0].survivors")).isEqualTo(12);
    assertThat(done.getInt("rounds[0].groups")).isEqualTo(2);
    assertThat(done.getInt("rounds[0].groups_left_out")).isEqualTo(1);
    assertThat(result(others.getFirst()).hasPublished()).isTrue();
    assertThat(result(left.getFirst()).hasAborted()).isTrue();
  }

  @Test
  void aGroupWhoseSecretsAreNotRevealedIsLeftOut() throws Exception {
    String job = start(5, 4);
    Fleet fleet = share(Set.of());
    List<Fleet.Device> silent = group(fleet, 0);
    List<Fleet.Device> others = group(fleet, 1);
    upload(fleet.devices());
    ByteString bitmap = aggregator.survivors(others.getFirst());
    sign(fleet.devices(), bitmap);
    // A few do, but not enough for everybody's secrets.
    reveal(silent.subList(0, 2), bitmap);
    reveal(others, bitmap);

    JsonPath done = Rest.awaitState(federation, job, "completed");
    assertAggregate(job, fleet.sumOf(others));
    assertThat(done.getInt("rounds[0].survivors")).isEqualTo(12);
    assertThat(done.getInt("rounds[0].groups_left_out")).isEqualTo(1);
    assertThat(budget.commitsOf(federation))
        .singleElement()
        .satisfies(settled -> assertThat(settled.survivors()).isEqualTo(12));
    assertLeftOut(
        result(silent.getFirst()).getAborted(),
        AbortReason.ABORT_REASON_NEIGHBOURHOOD_BELOW_THRESHOLD,
        "could not be rebuilt");
    assertThat(result(others.getFirst()).hasPublished()).isTrue();
    // Who is in the sum stays on record; who was left out does not.
    assertThat(
            pool.query(
                    "select count(*) as n from aggregator.contributors c join aggregator.rounds r on r.id = c.round_id"
                        + " where r.federation = '"
                        + federation
                        + "'")
                .executeAndAwait()
                .iterator()
                .next()
                .getLong("n"))
        .isEqualTo(12);
  }

  @Test
  void theRoundIsAbortedIfTooFewRemainWithoutTheFailedGroup() throws Exception {
    String job = start(13, 4);
    Fleet fleet = share(Set.of());
    upload(both(group(fleet, 0).subList(0, 4), group(fleet, 1)));
    Await.until(
        "a release", Duration.ofSeconds(20), () -> budget.releasesOf(federation).size() == 1);
    JsonPath first = Rest.job(federation, job);
    assertThat(first.getString("rounds[0].state")).isEqualTo("aborted");
    assertThat(first.getString("rounds[0].abort_reason")).isEqualTo("too_few_devices");
    assertThat(first.getString("rounds[0].abort_detail"))
        .isEqualTo("12 devices are in groups that can be unmasked; the minimum is 13.");
    assertThat(batches("true")).isZero();
    Rest.operator()
        .post("/api/v1/federations/" + federation + "/training/" + job + "/cancel")
        .then()
        .statusCode(200);
    Rest.awaitState(federation, job, "cancelled");
  }
}
