package com.octomil.privacy.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.ByteString;
import com.octomil.privacy.kit.test.EmbeddedPostgresResource;
import com.octomil.privacy.kit.test.ServiceTokenResource;
import com.octomil.privacy.proto.relay.v1.CloseSessionRequest;
import com.octomil.privacy.proto.relay.v1.GetParticipantsRequest;
import com.octomil.privacy.proto.relay.v1.GetParticipantsResponse;
import com.octomil.privacy.proto.relay.v1.GetSessionResponse;
import com.octomil.privacy.proto.relay.v1.OpenGraphResponse;
import com.octomil.privacy.proto.relay.v1.SessionPhase;
import com.octomil.privacy.proto.secagg.v1.AbortReason;
import com.octomil.privacy.proto.secagg.v1.AdvertiseResponse;
import com.octomil.privacy.proto.secagg.v1.EncryptedShare;
import com.octomil.privacy.proto.secagg.v1.GetRosterResponse;
import com.octomil.privacy.proto.secagg.v1.GetSharesResponse;
import com.octomil.privacy.proto.secagg.v1.Roster;
import com.octomil.privacy.proto.secagg.v1.RosterEntry;
import com.octomil.privacy.proto.secagg.v1.SubmitSharesResponse;
import com.octomil.privacy.relay.testing.PeersResource;
import com.octomil.privacy.relay.testing.Relay;
import com.octomil.privacy.relay.testing.TestDevice;
import com.octomil.privacy.relay.testing.TestParticipant;
import com.octomil.privacy.relay.testing.TestRound;
import com.octomil.privacy.secagg.GraphParameters;
import com.octomil.privacy.secagg.graph.MerkleTree;
import com.octomil.privacy.secagg.graph.NeighbourGraph;
import com.octomil.privacy.secagg.keyagreement.SigningKeyPair;
import com.octomil.privacy.secagg.wire.IndexBitmap;
import com.octomil.privacy.secagg.wire.Transcripts;
import io.grpc.StatusRuntimeException;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.inject.Inject;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Sessions with secure aggregation over the real services, with real keys. */
@QuarkusTest
@QuarkusTestResource(EmbeddedPostgresResource.class)
@QuarkusTestResource(ServiceTokenResource.class)
@QuarkusTestResource(PeersResource.class)
class SecureSessionTest {

  @Inject Pool pool;

  private Relay relay;

  @BeforeEach
  void connect() {
    relay = new Relay();
  }

  @AfterEach
  void disconnect() {
    relay.close();
  }

  @Test
  void aSessionSurvivesDropOutsAtEveryStep() throws Exception {
    String federation = "drop-outs";
    List<TestDevice> devices = TestDevice.enroll(relay, federation, 9);
    TestRound round =
        TestRound.secure(
                federation, 9, builder -> builder.setDeadlines(TestRound.deadlines(2_500, 5_500)))
            .open(relay);

    // One never checks in, one never advertises, one never shares.
    List<TestParticipant> joined =
        devices.subList(0, 8).stream().map(device -> device.join(relay)).toList();
    List<TestParticipant> advertised = joined.subList(0, 7);
    advertised.forEach(
        participant -> assertThat(participant.advertise(relay).hasAccepted()).isTrue());
    assertThat(relay.session(round.roundId()))
        .extracting(
            GetSessionResponse::getPhase,
            GetSessionResponse::getCheckedIn,
            GetSessionResponse::getAdvertised)
        .containsExactly(SessionPhase.SESSION_PHASE_ADVERTISE, 8, 7);
    assertThat(joined.get(0).roster(relay, 0).hasPending()).isTrue();

    GetSessionResponse closed =
        relay.awaitLeaving(round.roundId(), SessionPhase.SESSION_PHASE_ADVERTISE);
    assertThat(closed.getPhase()).isEqualTo(SessionPhase.SESSION_PHASE_ROSTER_CLOSED);
    assertThat(closed.getDegree()).isZero();
    AdvertiseResponse late = joined.get(7).advertise(relay);
    assertThat(late.getLate().getStep()).isEqualTo("advertise");
    assertThat(joined.get(0).roster(relay, 0).hasPending()).isTrue();

    OpenGraphResponse graph = round.openGraph(relay);
    List<Roster> rosters = new ArrayList<>();
    for (TestParticipant participant : advertised) {
      rosters.add(participant.roster(relay, 5_000).getRoster());
    }
    assertThat(joined.get(7).roster(relay, 0).getLate().getStep()).isEqualTo("advertise");
    for (int i = 0; i < advertised.size(); i++) {
      checkRoster(round, advertised.get(i), rosters.get(i), graph, closed.getRosterRoot());
    }

    Map<Integer, TestParticipant> sharers = new HashMap<>();
    for (int i = 0; i < 6; i++) {
      TestParticipant participant = advertised.get(i);
      List<EncryptedShare> shares = participant.makeShares(rosters.get(i));
      assertThat(participant.submit(relay, shares).hasAccepted()).isTrue();
      sharers.put(rosters.get(i).getSelf().getIndex(), participant);
    }
    assertThat(advertised.get(0).shares(relay, 0).hasPending()).isTrue();
    GetSessionResponse shared =
        relay.awaitLeaving(round.roundId(), SessionPhase.SESSION_PHASE_SHARE);
    assertThat(shared.getPhase()).isEqualTo(SessionPhase.SESSION_PHASE_SHARED);
    assertThat(shared.getShared()).isEqualTo(6);

    TestParticipant silent = advertised.get(6);
    SubmitSharesResponse tooLate = silent.submit(relay, silent.makeShares(rosters.get(6)));
    assertThat(tooLate.getLate().getStep()).isEqualTo("share");
    assertThat(silent.shares(relay, 0).getLate().getStep()).isEqualTo("share");
    for (int i = 0; i < 6; i++) {
      checkShares(advertised.get(i), rosters.get(i), sharers);
    }

    GetParticipantsResponse participants =
        relay
            .sessions()
            .getParticipants(
                GetParticipantsRequest.newBuilder()
                    .setRoundId(ByteString.copyFrom(round.roundId()))
                    .build());
    assertThat(participants.getParticipantsCount()).isEqualTo(7);
    BitSet bitmap = IndexBitmap.parse(participants.getSharers().toByteArray(), 7);
    assertThat(bitmap.stream().boxed()).containsExactlyInAnyOrderElementsOf(sharers.keySet());
    sharers.forEach((index, participant) -> {
      assertThat(participants.getParticipants(index).getIndex()).isEqualTo(index);
      assertThat(participants.getParticipants(index).getParticipantId())
          .isEqualTo(participant.participantId());
      assertThat(participants.getParticipants(index).getMaskPublicKey().toByteArray())
          .isEqualTo(participant.maskKey().publicKey());
      assertThat(participants.getParticipants(index).getRoundPublicKey().toByteArray())
          .isEqualTo(participant.roundKey().publicKey());
      assertThat(participants.getParticipants(index).getSelfMaskCommitment())
          .isEqualTo(participant.advert().getSelfMaskCommitment());
    });

    close(round);
    assertThat(relay.session(round.roundId()).getPhase())
        .isEqualTo(SessionPhase.SESSION_PHASE_CLOSED);
    assertThat(advertised.get(0).shares(relay, 0).getLate().getStep()).isEqualTo("share");
    assertThat(advertised.get(0).roster(relay, 0).hasLate()).isTrue();
    assertSecretsErased(round);
    close(round);
  }

  private void checkRoster(
      TestRound round,
      TestParticipant participant,
      Roster roster,
      OpenGraphResponse graph,
      ByteString root) {
    assertThat(roster.getSize()).isEqualTo(7);
    assertThat(roster.getRoot()).isEqualTo(root);
    assertThat(roster.getGraphNonce().toByteArray()).isEqualTo(round.nonce());
    assertThat(roster.getDegree()).isEqualTo(graph.getDegree());
    assertThat(roster.getThreshold()).isEqualTo(graph.getThreshold());
    assertThat(roster.getSelf().getAdvert()).isEqualTo(participant.sign(participant.advert()));
    int[] neighbours =
        NeighbourGraph.of(
                round.nonce(),
                root.toByteArray(),
                new GraphParameters(7, roster.getDegree(), roster.getThreshold()))
            .neighbours(roster.getSelf().getIndex());
    assertThat(roster.getNeighboursList().stream().mapToInt(RosterEntry::getIndex))
        .containsExactly(java.util.Arrays.stream(neighbours).boxed().toArray(Integer[]::new));
    List<RosterEntry> entries = new ArrayList<>(roster.getNeighboursList());
    entries.add(roster.getSelf());
    entries.sort(Comparator.comparingInt(RosterEntry::getIndex));
    assertThat(entries)
        .isSortedAccordingTo(
            Comparator.comparing(
                entry -> entry.getAdvert().getMaskPublicKey(),
                ByteString.unsignedLexicographicalComparator()));
    for (RosterEntry entry : entries) {
      byte[] transcript =
          Transcripts.advert(
              round.roundHash(),
              entry.getAdvert().getParticipantId().toByteArray(),
              entry.getAdvert().getMaskPublicKey().toByteArray(),
              entry.getAdvert().getSharePublicKey().toByteArray(),
              entry.getAdvert().getSelfMaskCommitment().toByteArray(),
              entry.getAdvert().getRoundPublicKey().toByteArray());
      byte[] deviceKey = deviceKeyOf(entry);
      assertThat(
              SigningKeyPair.verify(
                  deviceKey, transcript, entry.getAdvert().getSignature().toByteArray()))
          .isTrue();
      assertThat(
              MerkleTree.verify(
                  root.toByteArray(),
                  7,
                  entry.getIndex(),
                  Transcripts.rosterLeaf(
                      transcript, deviceKey, entry.getAdvert().getSignature().toByteArray()),
                  entry.getMerkleProofList().stream().map(ByteString::toByteArray).toList()))
          .isTrue();
    }
  }

  private static byte[] deviceKeyOf(RosterEntry entry) {
    try {
      return com.octomil.privacy.proto.secagg.v1.DeviceCertificateContent.parseFrom(
              entry.getAdvert().getCertificate().getContent())
          .getDevicePublicKey()
          .toByteArray();
    } catch (com.google.protobuf.InvalidProtocolBufferException e) {
      throw new AssertionError(e);
    }
  }

  private void checkShares(
      TestParticipant participant, Roster roster, Map<Integer, TestParticipant> sharers)
      throws Exception {
    GetSharesResponse response = participant.shares(relay, 1_000);
    assertThat(
            IndexBitmap.parse(response.getShares().getSharers().toByteArray(), roster.getSize())
                .stream()
                .boxed())
        .containsExactlyInAnyOrderElementsOf(sharers.keySet());
    List<Integer> expected =
        roster.getNeighboursList().stream()
            .map(RosterEntry::getIndex)
            .filter(sharers::containsKey)
            .toList();
    assertThat(response.getShares().getSharesList().stream().map(EncryptedShare::getFromIndex))
        .containsExactlyElementsOf(expected);
    for (EncryptedShare share : response.getShares().getSharesList()) {
      assertThat(participant.open(roster, share))
          .isEqualTo(
              java.util.Objects.requireNonNull(sharers.get(share.getFromIndex()))
                  .plaintextFor(roster.getSelf().getIndex()));
    }
  }

  @Test
  void everybodyInTimeEndsStepsEarly() {
    String federation = "early";
    List<TestDevice> devices = TestDevice.enroll(relay, federation, 6);
    TestRound round = TestRound.secure(federation, 5, builder -> builder).open(relay);
    List<TestParticipant> participants =
        devices.subList(0, 5).stream().map(device -> device.join(relay)).toList();
    // The round is full.
    assertThat(
            devices
                .get(5)
                .checkIn(relay, SigningKeyPair.generate(new java.security.SecureRandom()))
                .getNoRound()
                .getRetryAfterMillis())
        .isPositive();
    participants.forEach(participant -> participant.advertise(relay));
    assertThat(relay.awaitLeaving(round.roundId(), SessionPhase.SESSION_PHASE_ADVERTISE).getPhase())
        .isEqualTo(SessionPhase.SESSION_PHASE_ROSTER_CLOSED);
    round.openGraph(relay);
    for (TestParticipant participant : participants) {
      participant.submit(
          relay, participant.makeShares(participant.roster(relay, 5_000).getRoster()));
    }
    assertThat(relay.awaitLeaving(round.roundId(), SessionPhase.SESSION_PHASE_SHARE).getPhase())
        .isEqualTo(SessionPhase.SESSION_PHASE_SHARED);
  }

  @Test
  void repeatedCallsHaveTheSameEffectAndOtherContentIsRefused() {
    String federation = "repeated";
    List<TestDevice> devices = TestDevice.enroll(relay, federation, 3);
    TestRound round = TestRound.secure(federation, 3, builder -> builder).open(relay);
    byte[] ticketKey = round.ticketKey();
    assertThat(round.open(relay).ticketKey()).isEqualTo(ticketKey);

    List<TestParticipant> participants =
        devices.stream().map(device -> device.join(relay)).toList();
    TestParticipant first = participants.get(0);
    assertThat(
            SigningKeyPair.verify(
                ticketKey,
                Transcripts.ticket(first.ticket().getContent().toByteArray()),
                first.ticket().getSignature().toByteArray()))
        .isTrue();
    assertThat(devices.get(0).checkIn(relay, first.roundKey()).getAdmission())
        .isEqualTo(first.admission());
    assertThat(
            refusal(() ->
                devices
                    .get(0)
                    .checkIn(relay, SigningKeyPair.generate(new java.security.SecureRandom()))))
        .isEqualTo("conflict");

    assertThat(first.advertise(relay).hasAccepted()).isTrue();
    assertThat(first.advertise(relay).hasAccepted()).isTrue();
    TestParticipant sameDeviceOtherKeys = first;
    assertThat(
            refusal(() ->
                sameDeviceOtherKeys.advertise(
                    relay,
                    sameDeviceOtherKeys.sign(
                        sameDeviceOtherKeys
                            .advert()
                            .setSelfMaskCommitment(ByteString.copyFrom(new byte[32]))))))
        .isEqualTo("conflict");
    participants.get(1).advertise(relay);
    participants.get(2).advertise(relay);
    relay.awaitLeaving(round.roundId(), SessionPhase.SESSION_PHASE_ADVERTISE);
    // The answer got lost, the roster is closed: the same advert is still accepted.
    assertThat(first.advertise(relay).hasAccepted()).isTrue();

    OpenGraphResponse graph = round.openGraph(relay);
    assertThat(round.openGraph(relay)).isEqualTo(graph);
    Roster roster = first.roster(relay, 5_000).getRoster();
    List<EncryptedShare> shares = first.makeShares(roster);
    assertThat(first.submit(relay, shares).hasAccepted()).isTrue();
    assertThat(first.submit(relay, shares.reversed()).hasAccepted()).isTrue();
    assertThat(refusal(() -> first.submit(relay, first.makeShares(roster)))).isEqualTo("conflict");
    for (TestParticipant participant : participants.subList(1, 3)) {
      participant.submit(
          relay, participant.makeShares(participant.roster(relay, 5_000).getRoster()));
    }
    relay.awaitLeaving(round.roundId(), SessionPhase.SESSION_PHASE_SHARE);
    assertThat(first.submit(relay, shares).hasAccepted()).isTrue();
    GetSharesResponse received = first.shares(relay, 1_000);
    assertThat(first.shares(relay, 1_000)).isEqualTo(received);
    assertThat(first.roster(relay, 0).getRoster()).isEqualTo(roster);
  }

  @Test
  void tooFewAdvertsAbort() {
    String federation = "too-few";
    List<TestDevice> devices = TestDevice.enroll(relay, federation, 4);
    TestRound round =
        TestRound.secure(
                federation,
                8,
                builder ->
                    builder.setMinSurvivors(5).setDeadlines(TestRound.deadlines(2_000, 60_000)))
            .open(relay);
    List<TestParticipant> participants =
        devices.stream().map(device -> device.join(relay)).toList();
    participants.forEach(participant -> participant.advertise(relay));
    GetRosterResponse answer = participants.get(0).roster(relay, 10_000);
    assertThat(answer.getAborted().getReason()).isEqualTo(AbortReason.ABORT_REASON_TOO_FEW_DEVICES);
    assertThat(answer.getAborted().getDetail()).contains("4 devices").contains("5");
    GetSessionResponse session = relay.session(round.roundId());
    assertThat(session.getPhase()).isEqualTo(SessionPhase.SESSION_PHASE_ABORTED);
    assertThat(session.getAborted()).isEqualTo(answer.getAborted());
    assertThat(participants.get(0).advertise(relay).hasAborted()).isTrue();
    assertThat(participants.get(0).shares(relay, 0).hasAborted()).isTrue();
    assertThat(participants.get(0).submit(relay, List.of()).hasAborted()).isTrue();
    assertSecretsErased(round);
  }

  @Test
  void infeasibleParametersAbort() {
    String federation = "infeasible";
    TestRound round =
        TestRound.secure(
                federation,
                4,
                builder ->
                    builder.setSecureAggregation(
                        builder.getSecureAggregation().toBuilder()
                            .setCorruptFraction(0.5)
                            .setDropoutFraction(0.45)))
            .open(relay);
    TestDevice.enroll(relay, federation, 4).stream()
        .map(device -> device.join(relay))
        .forEach(participant -> participant.advertise(relay));
    GetSessionResponse session =
        relay.awaitLeaving(round.roundId(), SessionPhase.SESSION_PHASE_ADVERTISE);
    assertThat(session.getAborted().getReason())
        .isEqualTo(AbortReason.ABORT_REASON_INFEASIBLE_PARAMETERS);
    assertThat(session.getAborted().getDetail()).startsWith("4 devices advertised keys: ");
  }

  @Test
  void aNeighbourhoodBelowTheThresholdAborts() {
    String federation = "below-threshold";
    TestRound round =
        TestRound.secure(
                federation,
                5,
                builder ->
                    builder.setSecureAggregation(
                        builder.getSecureAggregation().toBuilder().setReconstructionThreshold(1)))
            .open(relay);
    List<TestParticipant> participants =
        TestDevice.enroll(relay, federation, 5).stream().map(device -> device.join(relay)).toList();
    participants.forEach(participant -> participant.advertise(relay));
    relay.awaitLeaving(round.roundId(), SessionPhase.SESSION_PHASE_ADVERTISE);
    round.openGraph(relay);
    for (TestParticipant participant : participants.subList(0, 4)) {
      participant.submit(
          relay, participant.makeShares(participant.roster(relay, 5_000).getRoster()));
    }
    expireShareStep(round);
    GetSharesResponse answer = participants.get(0).shares(relay, 10_000);
    assertThat(answer.getAborted().getReason())
        .isEqualTo(AbortReason.ABORT_REASON_NEIGHBOURHOOD_BELOW_THRESHOLD);
    assertSecretsErased(round);
  }

  @Test
  void aGraphThatIsNeverOpenedAborts() {
    String federation = "never-opened";
    TestRound round = TestRound.secure(federation, 3, builder -> builder).open(relay);
    TestDevice.enroll(relay, federation, 3).stream()
        .map(device -> device.join(relay))
        .forEach(participant -> participant.advertise(relay));
    relay.awaitLeaving(round.roundId(), SessionPhase.SESSION_PHASE_ADVERTISE);
    expireShareStep(round);
    GetSessionResponse session =
        relay.awaitLeaving(round.roundId(), SessionPhase.SESSION_PHASE_ROSTER_CLOSED);
    assertThat(session.getAborted().getReason()).isEqualTo(AbortReason.ABORT_REASON_DEADLINE);
    assertThat(refusal(() -> round.openGraph(relay))).isEqualTo("conflict");
  }

  @Test
  void theAggregatorAbortsInAnyPhase() {
    String federation = "cancelled";
    TestRound round = TestRound.secure(federation, 5, builder -> builder).open(relay);
    TestParticipant participant = TestDevice.enroll(relay, federation, 1).getFirst().join(relay);
    CloseSessionRequest request =
        CloseSessionRequest.newBuilder()
            .setRoundId(ByteString.copyFrom(round.roundId()))
            .setAborted(
                com.octomil.privacy.proto.secagg.v1.Aborted.newBuilder()
                    .setReason(AbortReason.ABORT_REASON_CANCELLED)
                    .setDetail("The operator cancelled the training."))
            .build();
    relay.sessions().closeSession(request);
    assertThat(participant.advertise(relay).getAborted()).isEqualTo(request.getAborted());
    relay.sessions().closeSession(request);
    assertThat(refusal(() -> close(round))).isEqualTo("conflict");
    assertSecretsErased(round);
  }

  /** Moves the share deadline of a round into the past, as waiting for it would. */
  private void expireShareStep(TestRound round) {
    pool.preparedQuery(
            """
            UPDATE relay.session
            SET advertise_deadline = now() - interval '2 s', share_deadline = now() - interval '1 s',
                revision = revision + 1
            WHERE round_id = $1
            """)
        .executeAndAwait(Tuple.of(io.vertx.core.buffer.Buffer.buffer(round.roundId())));
  }

  private void close(TestRound round) {
    var unused =
        relay
            .sessions()
            .closeSession(
                CloseSessionRequest.newBuilder()
                    .setRoundId(ByteString.copyFrom(round.roundId()))
                    .build());
  }

  private void assertSecretsErased(TestRound round) {
    Row row =
        pool.preparedQuery(
                """
                SELECT ticket_seed, graph_nonce,
                    (SELECT count(*) FROM relay.share_bundle b WHERE b.round_id = s.round_id)
                        AS bundles
                FROM relay.session s WHERE round_id = $1
                """)
            .executeAndAwait(Tuple.of(io.vertx.core.buffer.Buffer.buffer(round.roundId())))
            .iterator()
            .next();
    assertThat(row.getBuffer("ticket_seed")).isNull();
    assertThat(row.getBuffer("graph_nonce")).isNull();
    assertThat(row.getLong("bundles")).isZero();
  }

  private static String refusal(org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
    StatusRuntimeException failure = catchThrowableOfType(StatusRuntimeException.class, call);
    assertThat(failure).isNotNull();
    return Relay.errorOf(failure);
  }
}
