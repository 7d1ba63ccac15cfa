package com.octomil.privacy.aggregator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import com.octomil.privacy.aggregator.app.UploadMemory;
import com.octomil.privacy.aggregator.fleet.AggregatorStub;
import com.octomil.privacy.aggregator.fleet.Await;
import com.octomil.privacy.aggregator.fleet.BudgetTable;
import com.octomil.privacy.aggregator.fleet.Fleet;
import com.octomil.privacy.aggregator.fleet.PeersResource;
import com.octomil.privacy.aggregator.fleet.RelayTable;
import com.octomil.privacy.kit.test.EmbeddedPostgresResource;
import com.octomil.privacy.kit.test.ServiceTokenResource;
import com.octomil.privacy.proto.aggregator.v1.GetRoundResultRequest;
import com.octomil.privacy.proto.aggregator.v1.GetSurvivorSignaturesRequest;
import com.octomil.privacy.proto.aggregator.v1.RevealRequest;
import com.octomil.privacy.proto.aggregator.v1.SecretKind;
import com.octomil.privacy.proto.aggregator.v1.SignSurvivorsRequest;
import com.octomil.privacy.proto.aggregator.v1.UploadHeader;
import com.octomil.privacy.proto.aggregator.v1.UploadResponse;
import com.octomil.privacy.proto.relay.v1.CohortDifferencing;
import com.octomil.privacy.proto.secagg.v1.AbortReason;
import com.octomil.privacy.proto.secagg.v1.Ticket;
import com.octomil.privacy.secagg.keyagreement.SigningKeyPair;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.path.json.JsonPath;
import io.vertx.mutiny.sqlclient.Pool;
import jakarta.inject.Inject;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@QuarkusTest
@QuarkusTestResource(EmbeddedPostgresResource.class)
@QuarkusTestResource(ServiceTokenResource.class)
@QuarkusTestResource(PeersResource.class)
class RoundTest {
  private static final float[] WEIGHTS = {0.5f, -1.25f, 3f, 0f, 7.75f, -0.001f, 2.5f};

  @Inject BudgetTable budget;
  @Inject RelayTable relay;
  @Inject UploadMemory memory;
  @Inject Pool pool;

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

  private void model() {
    Rest.putModel(federation, "m", Rest.weights(WEIGHTS)).statusCode(201);
  }

  private static void assertStatus(Status.Code code, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            StatusRuntimeException.class, e -> assertThat(e.getStatus().getCode()).isEqualTo(code));
  }

  private List<Fleet.Device> except(Fleet fleet, Set<Integer> indices) {
    return fleet.devices().stream().filter(device -> !indices.contains(device.index())).toList();
  }

  private void uploadAll(List<Fleet.Device> devices) {
    List<CompletableFuture<UploadResponse>> answers = new ArrayList<>();
    for (Fleet.Device device : devices) {
      answers.add(CompletableFuture.supplyAsync(() -> aggregator.upload(device)));
    }
    for (CompletableFuture<UploadResponse> answer : answers) {
      assertThat(answer.join().hasAccepted()).isTrue();
    }
  }

  private void assertPublishedExactly(
      String job, int round, Fleet fleet, List<Fleet.Device> survivors, int cohort) {
    long[] sum = fleet.sumOf(survivors);
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
    assertThat(aggregate).isEqualTo(sum);
    byte[] before = Rest.modelVersion(federation, "m", round);
    byte[] after = Rest.modelVersion(federation, "m", round + 1);
    ByteBuffer old = ByteBuffer.wrap(before).order(ByteOrder.LITTLE_ENDIAN);
    float[] expected = new float[WEIGHTS.length];
    double step = fleet.parameters().getEncoding().getGridStep();
    for (int i = 0; i < expected.length; i++) {
      expected[i] = (float) (old.getFloat() + sum[i] * step / cohort);
    }
    assertThat(after).isEqualTo(Rest.weights(expected));
  }

  @Test
  void theSumOfTheSurvivorsIsExactWhateverStepDevicesDropOutAt() throws Exception {
    budget.configure(Rest.masked(federation, 5), 10);
    model();
    String job = Rest.train(federation, 2, 5, 12, 8);
    for (int round = 1; round <= 2; round++) {
      RelayTable.Session session = relay.await(federation, round - 1);
      Fleet fleet = Fleet.share(session, 12, Set.of(3));
      assertThat(aggregator.model(fleet.devices().get(0).ticket()))
          .isEqualTo(Rest.modelVersion(federation, "m", round));
      List<Fleet.Device> uploaders = except(fleet, Set.of(3, 4, 5));
      uploadAll(uploaders);
      // Shared, but is heard of no more.
      ByteString bitmap = aggregator.survivors(uploaders.getFirst());
      List<Fleet.Device> signers = except(fleet, Set.of(3, 4, 5, 6));
      for (Fleet.Device device : signers) {
        assertThat(aggregator.sign(device, bitmap).hasAccepted()).isTrue();
      }
      var signatures =
          aggregator
              .blocking()
              .getSurvivorSignatures(
                  GetSurvivorSignaturesRequest.newBuilder()
                      .setTicket(signers.getFirst().ticket())
                      .addAllIndices(IntStream.range(0, 12).boxed().toList())
                      .setAtLeast(signers.size())
                      .setWaitMillis(10_000)
                      .build())
              .getSignatures();
      assertThat(signatures.getSignaturesList().stream().map(s -> s.getIndex()).toList())
          .isEqualTo(signers.stream().map(Fleet.Device::index).toList());
      for (Fleet.Device device : except(fleet, Set.of(3, 4, 5, 6, 7))) {
        assertThat(aggregator.blocking().reveal(device.reveal(bitmap)).hasAccepted()).isTrue();
      }
      var result =
          Await.value(
              "result",
              Duration.ofSeconds(20),
              () ->
                  java.util.Optional.of(
                          aggregator
                              .blocking()
                              .getRoundResult(
                                  GetRoundResultRequest.newBuilder()
                                      .setTicket(uploaders.getFirst().ticket())
                                      .setWaitMillis(5000)
                                      .build()))
                      .filter(response -> !response.hasPending()));
      assertThat(result.hasPublished()).as(result.toString()).isTrue();
      assertPublishedExactly(job, round, fleet, uploaders, 12);
      // The device that was too slow learns it.
      byte[] late = fleet.devices().get(5).payload();
      assertThat(aggregator.upload(fleet.devices().get(5).header(late), late).getLate().getStep())
          .isEqualTo("upload");
      Await.until("the relay to hear of the end", Duration.ofSeconds(10), session::closed);
      assertThat(session.abort()).isEmpty();
    }
    JsonPath done = Rest.awaitState(federation, job, "completed");
    assertThat(done.getInt("rounds_completed")).isEqualTo(2);
    assertThat(done.getInt("rounds[0].cohort")).isEqualTo(12);
    assertThat(done.getInt("rounds[0].survivors")).isEqualTo(9);
    assertThat(done.getInt("rounds[0].dropped.advertise")).isEqualTo(1);
    assertThat(done.getInt("rounds[0].dropped.share")).isEqualTo(1);
    assertThat(done.getInt("rounds[0].dropped.upload")).isEqualTo(2);
    assertThat(done.getInt("rounds[0].dropped.sign_survivors")).isEqualTo(1);
    assertThat(done.getInt("rounds[0].dropped.reveal")).isEqualTo(2);
    assertThat(done.getDouble("rounds[0].epsilon_spent")).isEqualTo(0.25);
    assertThat(done.getInt("model_version")).isEqualTo(3);
    assertThat(budget.commitsOf(federation))
        .hasSize(2)
        .allSatisfy(settled -> {
          assertThat(settled.cohort()).isEqualTo(12);
          assertThat(settled.survivors()).isEqualTo(9);
        });
    assertThat(budget.releasesOf(federation)).isEmpty();
    assertErased();
  }

  private void assertErased() {
    for (String table : List.of("revealed_shares", "upload_batches")) {
      long left =
          pool.query(
                  "select count(*) as n from aggregator."
                      + table
                      + " t join aggregator.rounds r on r.id = t.round_id where r.federation = '"
                      + federation
                      + "'")
              .executeAndAwait()
              .iterator()
              .next()
              .getLong("n");
      assertThat(left).as(table).isZero();
    }
  }

  @Test
  void brokenForgedAndRepeatedUploadsNeverCount() throws Exception {
    budget.configure(Rest.masked(federation, 5), 10);
    model();
    String job = Rest.train(federation, 1, 5, 10, 5);
    RelayTable.Session session = relay.await(federation, 0);
    Fleet fleet = Fleet.share(session, 10, Set.of(9));
    Fleet.Device device = fleet.devices().getFirst();
    Fleet.Device other = fleet.devices().get(1);
    byte[] payload = device.payload();
    UploadHeader good = device.header(payload);

    UploadHeader forgedSignature =
        good.toBuilder().setSignature(other.header(payload).getSignature()).build();
    assertStatus(Status.Code.UNAUTHENTICATED, () -> aggregator.upload(forgedSignature, payload));
    Ticket selfMade =
        device.ticket(SigningKeyPair.generate(new SecureRandom()), Instant.now().plusSeconds(60));
    assertStatus(
        Status.Code.UNAUTHENTICATED,
        () -> aggregator.upload(good.toBuilder().setTicket(selfMade).build(), payload));
    UploadHeader stolenTicket = good.toBuilder().setTicket(other.ticket()).build();
    assertStatus(Status.Code.UNAUTHENTICATED, () -> aggregator.upload(stolenTicket, payload));
    assertStatus(
        Status.Code.INVALID_ARGUMENT,
        () ->
            aggregator.upload(
                good.toBuilder().setPayloadBytes(payload.length + 1).build(), payload));
    assertStatus(
        Status.Code.INVALID_ARGUMENT, () -> aggregator.upload(good, Arrays.copyOf(payload, 3)));
    assertStatus(
        Status.Code.INVALID_ARGUMENT,
        () -> aggregator.upload(good, Arrays.copyOf(payload, payload.length + 1)));
    byte[] flipped = payload.clone();
    flipped[0] ^= 1;
    assertStatus(Status.Code.INVALID_ARGUMENT, () -> aggregator.upload(good, flipped));
    byte[] padded = payload.clone();
    padded[padded.length - 1] |= (byte) 0x80;
    assertStatus(
        Status.Code.INVALID_ARGUMENT, () -> aggregator.upload(device.header(padded), padded));
    assertStatus(
        Status.Code.NOT_FOUND,
        () -> {
          Ticket ticket = device.ticket();
          var content =
              com.octomil.privacy.proto.secagg.v1.TicketContent.parseFrom(ticket.getContent())
                  .toBuilder()
                  .setRoundId(ByteString.copyFrom(new byte[16]))
                  .build();
          aggregator.upload(
              good.toBuilder()
                  .setTicket(ticket.toBuilder().setContent(content.toByteString()))
                  .build(),
              payload);
        });
    // Whoever did not share may not upload.
    assertThat(aggregator.upload(fleet.devices().get(9)).getLate().getStep()).isEqualTo("share");

    assertThat(aggregator.upload(good, payload).getAccepted().getDuplicate()).isFalse();
    assertThat(aggregator.upload(good, payload).getAccepted().getDuplicate()).isTrue();
    byte[] changed = payload.clone();
    changed[0] ^= 1;
    assertStatus(
        Status.Code.FAILED_PRECONDITION, () -> aggregator.upload(device.header(changed), changed));

    List<Fleet.Device> survivors = except(fleet, Set.of(9));
    List<CompletableFuture<UploadResponse>> answers = new ArrayList<>();
    for (Fleet.Device each : survivors) {
      for (int copy = 0; copy < 3; copy++) {
        answers.add(CompletableFuture.supplyAsync(() -> aggregator.upload(each)));
      }
    }
    long counted =
        answers.stream()
            .map(CompletableFuture::join)
            .filter(answer -> answer.hasAccepted() && !answer.getAccepted().getDuplicate())
            .count();
    assertThat(counted).isEqualTo(survivors.size() - 1L);

    ByteString bitmap = aggregator.survivors(device);
    // A reveal has to be complete, of the right kind, and signed.
    RevealRequest reveal = device.reveal(bitmap);
    assertStatus(
        Status.Code.UNAUTHENTICATED,
        () ->
            aggregator
                .blocking()
                .reveal(
                    reveal.toBuilder().setSignature(other.reveal(bitmap).getSignature()).build()));
    assertStatus(
        Status.Code.INVALID_ARGUMENT, () -> aggregator.blocking().reveal(device.reveal(List.of())));
    assertStatus(
        Status.Code.UNAUTHENTICATED,
        () ->
            aggregator
                .blocking()
                .reveal(
                    reveal.toBuilder()
                        .setShares(
                            0,
                            reveal.getShares(0).toBuilder()
                                .setKind(SecretKind.SECRET_KIND_MASK_KEY))
                        .build()));
    for (Fleet.Device each : survivors) {
      assertThat(aggregator.sign(each, bitmap).hasAccepted()).isTrue();
      assertThat(aggregator.blocking().reveal(each.reveal(bitmap)).hasAccepted()).isTrue();
    }
    Rest.awaitState(federation, job, "completed");
    assertPublishedExactly(job, 1, fleet, survivors, 10);
    assertThat(aggregator.blocking().reveal(reveal).hasAccepted()).isTrue();
    assertStatus(
        Status.Code.FAILED_PRECONDITION,
        () -> aggregator.blocking().reveal(device.reveal(bitmap, true)));
  }

  @Test
  void randomChangesOfMessagesNeverCauseAnInternalError() throws Exception {
    budget.configure(Rest.masked(federation, 5), 10);
    model();
    String job = Rest.train(federation, 1, 5, 10, 60);
    Fleet fleet = Fleet.share(relay.await(federation, 0), 10, Set.of());
    Fleet.Device device = fleet.devices().getFirst();
    byte[] payload = device.payload();
    byte[] header = device.header(payload).toByteArray();
    byte[] reveal =
        device
            .reveal(
                ByteString.copyFrom(
                    com.octomil.privacy.secagg.wire.IndexBitmap.of(10, List.of(0, 1, 2, 3, 4, 5))))
            .toByteArray();
    long seed = new SecureRandom().nextLong();
    java.util.Random random = new java.util.Random(seed);
    int sent = 0;
    for (int i = 0; i < 120; i++) {
      boolean upload = i % 2 == 0;
      byte[] mutated = (upload ? header : reveal).clone();
      for (int change = 0; change <= random.nextInt(4); change++) {
        mutated[random.nextInt(mutated.length)] = (byte) random.nextInt();
      }
      if (Arrays.equals(mutated, upload ? header : reveal)) {
        continue;
      }
      try {
        if (upload) {
          aggregator.upload(UploadHeader.parseFrom(mutated), payload);
        } else {
          assertThat(aggregator.blocking().reveal(RevealRequest.parseFrom(mutated))).isNotNull();
        }
      } catch (com.google.protobuf.InvalidProtocolBufferException e) {
        continue;
      } catch (StatusRuntimeException e) {
        assertThat(e.getStatus().getCode())
            .as("seed %d, mutation %d: %s", seed, i, e)
            .isIn(
                Status.Code.UNAUTHENTICATED,
                Status.Code.INVALID_ARGUMENT,
                Status.Code.NOT_FOUND,
                Status.Code.PERMISSION_DENIED,
                Status.Code.FAILED_PRECONDITION);
      }
      sent++;
    }
    assertThat(sent).isGreaterThan(40);
    // The round has not suffered.
    assertThat(aggregator.upload(device).hasAccepted()).isTrue();
    Rest.operator()
        .post("/api/v1/federations/" + federation + "/training/" + job + "/cancel")
        .then()
        .statusCode(200);
  }

  @Test
  void wrongSharesAreSkippedWhileEnoughGoodOnesRemain() throws Exception {
    budget.configure(Rest.masked(federation, 5), 10);
    model();
    String job = Rest.train(federation, 1, 5, 12, 3);
    Fleet fleet = Fleet.share(relay.await(federation, 0), 12, Set.of());
    uploadAll(fleet.devices());
    ByteString bitmap = aggregator.survivors(fleet.devices().getFirst());
    for (Fleet.Device device : fleet.devices()) {
      assertThat(aggregator.sign(device, bitmap).hasAccepted()).isTrue();
    }
    Fleet.Device liar = fleet.devices().get(2);
    assertThat(aggregator.blocking().reveal(liar.reveal(bitmap, true)).hasAccepted()).isTrue();
    for (Fleet.Device device : except(fleet, Set.of(2))) {
      // Soon after the round has enough good shares the last ones are late.
      var unused = aggregator.blocking().reveal(device.reveal(bitmap, false));
    }
    JsonPath done = Rest.awaitState(federation, job, "completed");
    assertPublishedExactly(job, 1, fleet, fleet.devices(), 12);
    // The liar is named.
    assertThat(done.getList("rounds[0].faults.kind")).containsExactly("wrong_shares");
    assertThat(done.getString("rounds[0].faults[0].participant_id"))
        .isEqualTo(HexFormat.of().formatHex(fleet.devices().get(2).participantId()));
    assertThat(done.getInt("rounds[0].faults[0].occurrences")).isPositive();
  }

  @Test
  void sharesThatCouldNotBeOpenedAreDoneWithoutAndTheirMakerIsNamed() throws Exception {
    budget.configure(Rest.masked(federation, 5), 10);
    model();
    String job = Rest.train(federation, 1, 5, 12, 3);
    Fleet fleet = Fleet.share(relay.await(federation, 0), 12, Set.of());
    List<Fleet.Device> survivors = except(fleet, Set.of(4));
    uploadAll(survivors);
    ByteString bitmap = aggregator.survivors(survivors.getFirst());
    // Device 3 survives, device 4 drops out; two neighbours hold no share of the one, one none of
    // the other.
    List<Integer> deaf =
        Arrays.stream(fleet.sharingNeighbours(3)).filter(i -> i != 4).limit(2).boxed().toList();
    int other =
        Arrays.stream(fleet.sharingNeighbours(4))
            .filter(i -> i != 3 && !deaf.contains(i))
            .findFirst()
            .orElseThrow();
    for (Fleet.Device device : survivors) {
      Set<Integer> unopened =
          deaf.contains(device.index())
              ? Set.of(3)
              : device.index() == other ? Set.of(4) : Set.of();
      RevealRequest reveal = device.revealWithout(bitmap, unopened);
      assertThat(aggregator.sign(device, bitmap).hasAccepted()).isTrue();
      assertThat(aggregator.blocking().reveal(reveal).hasAccepted()).isTrue();
    }
    JsonPath done = Rest.awaitState(federation, job, "completed");
    assertPublishedExactly(job, 1, fleet, survivors, 12);
    assertThat(done.getList("rounds[0].faults.kind"))
        .containsExactly("unopened_shares", "unopened_shares");
    assertThat(done.getList("rounds[0].faults.participant_id"))
        .containsExactly(
            HexFormat.of().formatHex(fleet.devices().get(3).participantId()),
            HexFormat.of().formatHex(fleet.devices().get(4).participantId()));
    assertThat(done.getList("rounds[0].faults.occurrences")).containsExactly(2, 1);
  }

  @Test
  void tooFewSurvivorsAbortTheRoundAndItIsRetriedWithALimit() throws Exception {
    budget.configure(Rest.masked(federation, 8), 10);
    model();
    String job = Rest.train(federation, 1, 5, 12, 1);
    for (int attempt = 0; attempt < 3; attempt++) {
      RelayTable.Session session = relay.await(federation, attempt);
      Fleet fleet = Fleet.share(session, 12, Set.of());
      List<Fleet.Device> few = fleet.devices().subList(0, 7);
      uploadAll(few);
      var answer =
          Await.value(
              "the abort",
              Duration.ofSeconds(20),
              () ->
                  java.util.Optional.of(
                          aggregator
                              .blocking()
                              .getSurvivors(
                                  com.octomil.privacy.proto.aggregator.v1.GetSurvivorsRequest
                                      .newBuilder()
                                      .setTicket(few.getFirst().ticket())
                                      .setWaitMillis(5000)
                                      .build()))
                      .filter(response -> !response.hasPending()));
      assertThat(answer.getAborted().getReason())
          .isEqualTo(AbortReason.ABORT_REASON_TOO_FEW_DEVICES);
      Await.until("the relay to hear of it", Duration.ofSeconds(10), session::closed);
      assertThat(session.abort().orElseThrow().getReason())
          .isEqualTo(AbortReason.ABORT_REASON_TOO_FEW_DEVICES);
    }
    JsonPath failed = Rest.awaitState(federation, job, "failed");
    assertThat(failed.getString("reason")).contains("aborted 3 times").contains("minimum is 8");
    assertThat(failed.getList("rounds.abort_reason"))
        .containsExactly("too_few_devices", "too_few_devices", "too_few_devices");
    Await.until(
        "releases", Duration.ofSeconds(10), () -> budget.releasesOf(federation).size() == 3);
    assertThat(budget.commitsOf(federation)).isEmpty();
    assertThat(relay.count(federation)).isEqualTo(3);
    assertErased();
    Rest.operator()
        .get("/api/v1/federations/" + federation + "/training/" + job + "/rounds/1/aggregate")
        .then()
        .statusCode(404);
  }

  @Test
  void survivorsTooCloseToAnEarlierSumAreRefusedBeforeAnybodyReveals() throws Exception {
    budget.configure(Rest.masked(federation, 5), 10);
    model();
    String job = Rest.train(federation, 1, 5, 8, 20);
    RelayTable.Session session = relay.await(federation, 0);
    Fleet fleet = Fleet.share(session, 8, Set.of());
    session.tooClose(
        CohortDifferencing.newBuilder()
            .setRoundId(ByteString.copyFrom(new byte[16]))
            .setDifference(1)
            .setMinimum(5)
            .build());
    uploadAll(fleet.devices());
    Await.until("the abort", Duration.ofSeconds(20), session::closed);
    assertThat(session.abort().orElseThrow().getReason())
        .isEqualTo(AbortReason.ABORT_REASON_COHORT_DIFFERENCING);
    JsonPath first = Rest.job(federation, job);
    assertThat(first.getString("rounds[0].abort_reason")).isEqualTo("cohort_differencing");
    assertThat(first.getString("rounds[0].abort_detail")).contains("by 1 devices", "At least 5");
    Await.until(
        "the release", Duration.ofSeconds(10), () -> budget.releasesOf(federation).size() == 1);
    assertThat(budget.commitsOf(federation)).isEmpty();
  }

  @Test
  void tooFewRevealedSharesAbortTheRound() throws Exception {
    budget.configure(Rest.masked(federation, 5), 1);
    model();
    String job = Rest.train(federation, 1, 5, 12, 1);
    Fleet fleet = Fleet.share(relay.await(federation, 0), 12, Set.of());
    uploadAll(fleet.devices());
    ByteString bitmap = aggregator.survivors(fleet.devices().getFirst());
    for (Fleet.Device device : fleet.devices().subList(0, 2)) {
      assertThat(aggregator.blocking().reveal(device.reveal(bitmap)).hasAccepted()).isTrue();
    }
    Await.until(
        "a release", Duration.ofSeconds(20), () -> budget.releasesOf(federation).size() == 1);
    assertThat(Rest.job(federation, job).getString("rounds[0].abort_reason"))
        .isEqualTo("neighbourhood_below_threshold");
    assertErased();
  }

  @Test
  void anExhaustedBudgetPausesTheJobBeforeAnyDeviceIsAsked() {
    budget.configure(Rest.masked(federation, 5), 0);
    model();
    String job = Rest.train(federation, 1, 5, 10, 1);
    JsonPath paused = Rest.awaitState(federation, job, "paused");
    assertThat(paused.getString("reason")).contains("epsilon is 4").contains("4.1");
    assertThat(paused.getList("rounds")).isEmpty();
    assertThat(relay.count(federation)).isZero();

    budget.afford(federation, 1);
    Rest.operator()
        .post("/api/v1/federations/" + federation + "/training/" + job + "/resume")
        .then()
        .statusCode(200);
    assertThat(relay.await(federation, 0).parsed().getMinSurvivors()).isEqualTo(5);
    Rest.operator()
        .post("/api/v1/federations/" + federation + "/training/" + job + "/cancel")
        .then()
        .statusCode(200);
    Await.until(
        "a release", Duration.ofSeconds(10), () -> budget.releasesOf(federation).size() == 1);
    assertThat(Rest.awaitState(federation, job, "cancelled").getString("rounds[0].abort_reason"))
        .isEqualTo("cancelled");
  }

  @Test
  void clearUpdatesGoThroughTheSameIntegers() {
    budget.configure(Rest.privacy(federation).build(), 10);
    model();
    String job = Rest.train(federation, 1, 3, 4, 2);
    Fleet fleet = Fleet.checkIn(relay.await(federation, 0), 4);
    List<Fleet.Device> survivors = fleet.devices().subList(0, 3);
    byte[] notFinite = survivors.getFirst().clearPayload();
    ByteBuffer.wrap(notFinite).order(ByteOrder.LITTLE_ENDIAN).putFloat(0, Float.NaN);
    assertStatus(
        Status.Code.INVALID_ARGUMENT,
        () -> aggregator.upload(survivors.getFirst().header(notFinite), notFinite));
    byte[] first = survivors.getFirst().clearPayload();
    try (UploadMemory.Lease lease = memory.take(8192 - first.length + 1)) {
      assertStatus(
          Status.Code.RESOURCE_EXHAUSTED,
          () -> aggregator.upload(survivors.getFirst().header(first), first));
      assertThat(lease).isNotNull();
    }
    for (Fleet.Device device : survivors) {
      byte[] payload = device.clearPayload();
      assertThat(aggregator.upload(device.header(payload), payload).hasAccepted()).isTrue();
    }
    assertStatus(
        Status.Code.FAILED_PRECONDITION,
        () ->
            aggregator
                .blocking()
                .signSurvivors(
                    SignSurvivorsRequest.newBuilder()
                        .setTicket(survivors.getFirst().ticket())
                        .setSignature(ByteString.copyFrom(new byte[64]))
                        .build()));
    Rest.awaitState(federation, job, "completed");
    assertPublishedExactly(job, 1, fleet, survivors, 4);
  }

  @Test
  void weightedSumsAreDividedByTheSumOfTheWeights() throws Exception {
    budget.configure(Rest.masked(federation, 5), 10);
    model();
    String job = Rest.trainWeighted(federation, 1, 5, 12, 3000);
    RelayTable.Session session = relay.await(federation, 0);
    // The cap is above the radius of 1024: 2 * 12 * 3000 < 2^17.
    assertThat(session.parsed().getEncoding().getRingBits()).isEqualTo(17);
    Fleet fleet = Fleet.share(session, 12, Set.of(3));
    List<Fleet.Device> survivors = except(fleet, Set.of(3, 7));
    uploadAll(survivors);
    ByteString bitmap = aggregator.survivors(survivors.getFirst());
    for (Fleet.Device device : survivors) {
      assertThat(aggregator.sign(device, bitmap).hasAccepted()).isTrue();
      assertThat(aggregator.blocking().reveal(device.reveal(bitmap)).hasAccepted()).isTrue();
    }
    JsonPath done = Rest.awaitState(federation, job, "completed");
    long[] sum = fleet.sumOf(survivors);
    long total = sum[WEIGHTS.length];
    assertThat(done.getLong("rounds[0].total_examples")).isEqualTo(total);
    assertThat(done.getDouble("rounds[0].denominator"))
        .isCloseTo(total / 3000.0, org.assertj.core.api.Assertions.within(1e-5));
    List<Integer> aggregate = aggregate(job);
    assertThat(aggregate).hasSize(WEIGHTS.length);
    float[] expected = new float[WEIGHTS.length];
    double step = fleet.parameters().getEncoding().getGridStep();
    for (int i = 0; i < expected.length; i++) {
      assertThat(aggregate.get(i).longValue()).isEqualTo(sum[i]);
      expected[i] = (float) (WEIGHTS[i] + sum[i] * step / (total / 3000.0));
    }
    assertThat(Rest.modelVersion(federation, "m", 2)).isEqualTo(Rest.weights(expected));
  }

  @Test
  void weightsThatCannotBeAbortTheRound() throws Exception {
    budget.configure(Rest.masked(federation, 5), 10);
    model();
    String job = Rest.trainWeighted(federation, 1, 5, 10, 4);
    Fleet fleet = Fleet.share(relay.await(federation, 0), 10, Set.of());
    Fleet.Device liar = fleet.devices().getFirst();
    byte[] claim = liar.payloadClaiming(1000);
    assertThat(aggregator.upload(liar.header(claim), claim).hasAccepted()).isTrue();
    uploadAll(fleet.devices().subList(1, 10));
    ByteString bitmap = aggregator.survivors(liar);
    for (Fleet.Device device : fleet.devices()) {
      assertThat(aggregator.sign(device, bitmap).hasAccepted()).isTrue();
      assertThat(aggregator.blocking().reveal(device.reveal(bitmap)).hasAccepted()).isTrue();
    }
    // The sum was unmasked, so the reservation is charged though nothing is published.
    Await.until("a charge", Duration.ofSeconds(20), () -> budget.commitsOf(federation).size() == 1);
    JsonPath aborted = Rest.job(federation, job);
    assertThat(aborted.getString("rounds[0].abort_detail"))
        .contains("add up to")
        .contains("10 to 40");
    assertThat(aborted.<Object>get("rounds[0].model_version")).isNull();
    Rest.operator()
        .post("/api/v1/federations/" + federation + "/training/" + job + "/cancel")
        .then()
        .statusCode(200);
  }

  private List<Integer> aggregate(String job) {
    return Rest.operator()
        .accept("application/json")
        .get("/api/v1/federations/" + federation + "/training/" + job + "/rounds/1/aggregate")
        .then()
        .statusCode(200)
        .extract()
        .path("aggregate");
  }

  @Test
  void withNoiseWeightsAreNeitherCountedNorDividedBy() {
    budget.configure(Rest.noisy(federation, 0.001), 10);
    model();
    String job = Rest.trainWeighted(federation, 1, 2, 2, 4);
    Fleet fleet = Fleet.checkIn(relay.await(federation, 0), 2);
    assertThat(fleet.parameters().getWeighting().getMaxWeight()).isEqualTo(4);
    assertThat(fleet.parameters().getWeighting().getCountersList()).isEmpty();
    Fleet.Device first = fleet.devices().getFirst();
    byte[] unweighted = first.clearPayload();
    assertStatus(
        Status.Code.INVALID_ARGUMENT,
        () -> aggregator.upload(first.header(unweighted), unweighted));
    byte[] tooMuch = first.clearPayload(5);
    assertStatus(
        Status.Code.INVALID_ARGUMENT, () -> aggregator.upload(first.header(tooMuch), tooMuch));
    for (Fleet.Device device : fleet.devices()) {
      byte[] payload = device.clearPayload(4 - 2 * device.index());
      assertThat(aggregator.upload(device.header(payload), payload).hasAccepted()).isTrue();
    }
    JsonPath done = Rest.awaitState(federation, job, "completed");
    assertThat(done.getInt("rounds[0].denominator")).isEqualTo(2);
    assertThat(done.<Object>get("rounds[0].total_examples")).isNull();
    List<Integer> aggregate = aggregate(job);
    assertThat(aggregate).hasSize(WEIGHTS.length);
    for (int i = 0; i < aggregate.size(); i++) {
      // Weights 4/4 and 2/4; sigma is one grid step, and rounding moves the halved update by less
      // than one: 12 steps are more than ten deviations.
      double expected =
          fleet.devices().get(0).update()[i] + fleet.devices().get(1).update()[i] / 2.0;
      assertThat((double) aggregate.get(i))
          .isCloseTo(expected, org.assertj.core.api.Assertions.within(12.0));
    }
  }

  @Test
  void noiseIsAddedToTheSumThatIsPublished() {
    budget.configure(Rest.noisy(federation, 1.5), 10);
    float[] zeros = new float[1000];
    Rest.putModel(federation, "m", Rest.weights(zeros)).statusCode(201);
    String job = Rest.train(federation, 1, 2, 2, 3);
    Fleet fleet = Fleet.checkIn(relay.await(federation, 0), 2);
    for (Fleet.Device device : fleet.devices()) {
      byte[] payload = device.clearPayload();
      assertThat(aggregator.upload(device.header(payload), payload).hasAccepted()).isTrue();
    }
    Rest.awaitState(federation, job, "completed");
    List<Integer> aggregate =
        Rest.operator()
            .accept("application/json")
            .get("/api/v1/federations/" + federation + "/training/" + job + "/rounds/1/aggregate")
            .then()
            .statusCode(200)
            .extract()
            .path("aggregate");
    long[] sum = fleet.sumOf(fleet.devices());
    double squares = 0;
    for (int i = 0; i < sum.length; i++) {
      squares += Math.pow(aggregate.get(i) - sum[i], 2);
    }
    // sigma = 1.5 * 2^10; the empirical deviation of 1000 draws is within 20 % but for one run in
    // 10^15.
    assertThat(Math.sqrt(squares / sum.length)).isBetween(0.8 * 1536, 1.2 * 1536);
  }

  @Test
  void whatACrashLeftUnsettledIsSettledByTheNextDriver() {
    budget.configure(Rest.masked(federation, 5), 0);
    model();
    String job = Rest.train(federation, 1, 5, 10, 1);
    Rest.awaitState(federation, job, "paused");
    UUID published = UUID.randomUUID();
    UUID unmasked = UUID.randomUUID();
    UUID open = UUID.randomUUID();
    insertRound(published, job, 1, 1, "published", true);
    insertRound(unmasked, job, 2, 1, "unmasking", true);
    insertRound(open, job, 2, 2, "uploading", false);
    Await.until(
        "settlement",
        Duration.ofSeconds(20),
        () ->
            budget.commitsOf(federation).size() == 2
                && budget.releasesOf(federation).equals(List.of("crash-" + open)));
    assertThat(budget.commitsOf(federation).stream().map(BudgetTable.Settled::reservation))
        .containsExactlyInAnyOrder("crash-" + published, "crash-" + unmasked);
    Await.until(
        "the states",
        Duration.ofSeconds(10),
        () ->
            Rest.job(federation, job)
                .getList("rounds.state")
                .equals(List.of("committed", "aborted", "aborted")));
  }

  private void insertRound(
      UUID id, String job, int number, int attempt, String state, boolean unmasked) {
    budget.know("crash-" + id, federation);
    pool.query(
            """
            insert into aggregator.rounds (id, job_id, federation, model, number, attempt, state, model_version,
              reservation_id, sum_unmasked, cohort, survivor_count, created_at, updated_at)
            values ('%s', '%s', '%s', 'm', %d, %d, '%s', 1, 'crash-%s', %s, 10, 9, now(), now())
            """
                .formatted(id, job, federation, number, attempt, state, id, unmasked))
        .executeAndAwait();
  }
}
