package com.octomil.privacy.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.google.protobuf.ByteString;
import com.octomil.privacy.kit.test.EmbeddedPostgresResource;
import com.octomil.privacy.kit.test.ServiceTokenResource;
import com.octomil.privacy.proto.relay.v1.CloseSessionRequest;
import com.octomil.privacy.proto.relay.v1.GetParticipantsRequest;
import com.octomil.privacy.proto.relay.v1.GetParticipantsResponse;
import com.octomil.privacy.proto.relay.v1.GetSessionRequest;
import com.octomil.privacy.proto.relay.v1.GetSessionResponse;
import com.octomil.privacy.proto.relay.v1.OpenGraphRequest;
import com.octomil.privacy.proto.relay.v1.OpenSessionRequest;
import com.octomil.privacy.proto.relay.v1.Participant;
import com.octomil.privacy.proto.relay.v1.SessionPhase;
import com.octomil.privacy.proto.secagg.v1.AbortReason;
import com.octomil.privacy.proto.secagg.v1.AdversaryModel;
import com.octomil.privacy.proto.secagg.v1.RoundParameters;
import com.octomil.privacy.relay.testing.PeersResource;
import com.octomil.privacy.relay.testing.Relay;
import com.octomil.privacy.relay.testing.TestDevice;
import com.octomil.privacy.relay.testing.TestParticipant;
import com.octomil.privacy.relay.testing.TestRound;
import io.grpc.StatusRuntimeException;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import java.util.List;
import java.util.function.UnaryOperator;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.assertj.core.api.ThrowableAssertAlternative;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Sessions without secure aggregation, and what the aggregator may and may not ask. */
@QuarkusTest
@QuarkusTestResource(EmbeddedPostgresResource.class)
@QuarkusTestResource(ServiceTokenResource.class)
@QuarkusTestResource(PeersResource.class)
class PlainSessionTest {

  private Relay relay;

  @BeforeEach
  void connect() {
    relay = new Relay();
  }

  @AfterEach
  void disconnect() {
    relay.close();
  }

  private static ThrowableAssertAlternative<StatusRuntimeException> assertRefused(
      String error, ThrowingCallable call) {
    return assertThatExceptionOfType(StatusRuntimeException.class)
        .isThrownBy(call)
        .satisfies(failure -> assertThat(Relay.errorOf(failure)).isEqualTo(error));
  }

  private GetParticipantsResponse participants(TestRound round) {
    return relay
        .sessions()
        .getParticipants(
            GetParticipantsRequest.newBuilder()
                .setRoundId(ByteString.copyFrom(round.roundId()))
                .build());
  }

  @Test
  void checkInIsAllThereIs() {
    String federation = "plain";
    List<TestDevice> devices = TestDevice.enroll(relay, federation, 3);
    TestRound round = TestRound.plain(federation, 3, builder -> builder).open(relay);
    TestParticipant first = devices.get(0).join(relay);
    assertRefused("conflict", () -> participants(round)).withMessageContaining("still open");
    assertRefused("conflict", () -> first.advertise(relay))
        .withMessageContaining("without secure aggregation");
    assertRefused("conflict", () -> first.roster(relay, 0));
    assertRefused("conflict", () -> first.submit(relay, List.of()));
    assertRefused("conflict", () -> first.shares(relay, 0));
    List<TestParticipant> all =
        List.of(first, devices.get(1).join(relay), devices.get(2).join(relay));
    assertThat(relay.awaitLeaving(round.roundId(), SessionPhase.SESSION_PHASE_ADVERTISE).getPhase())
        .isEqualTo(SessionPhase.SESSION_PHASE_SHARED);
    GetParticipantsResponse participants = participants(round);
    assertThat(participants.getParticipantsList().stream().map(Participant::getParticipantId))
        .containsExactlyElementsOf(all.stream().map(TestParticipant::participantId).toList());
    assertThat(participants.getParticipants(1).getRoundPublicKey().toByteArray())
        .isEqualTo(all.get(1).roundKey().publicKey());
    assertThat(participants.getSharers()).isEmpty();
    assertRefused("conflict", () -> round.openGraph(relay));
    relay
        .sessions()
        .closeSession(
            CloseSessionRequest.newBuilder()
                .setRoundId(ByteString.copyFrom(round.roundId()))
                .build());
    assertThat(relay.session(round.roundId()).getPhase())
        .isEqualTo(SessionPhase.SESSION_PHASE_CLOSED);
    // The round is over: the device may check in to the next one with the same token.
    assertThat(devices.get(0).checkIn(relay, first.roundKey()).hasNoRound()).isTrue();
  }

  @Test
  void theDeadlineFixesWhoIsThere() {
    String federation = "plain-deadline";
    List<TestDevice> devices = TestDevice.enroll(relay, federation, 3);
    TestRound round =
        TestRound.plain(
                federation, 10, builder -> builder.setDeadlines(TestRound.deadlines(2_000, 3_000)))
            .open(relay);
    devices.forEach(device -> device.join(relay));
    GetSessionResponse session =
        relay.awaitLeaving(round.roundId(), SessionPhase.SESSION_PHASE_ADVERTISE);
    assertThat(session.getPhase()).isEqualTo(SessionPhase.SESSION_PHASE_SHARED);
    assertThat(session.getCheckedIn()).isEqualTo(3);
  }

  @Test
  void tooFewCheckInsAbort() {
    String federation = "plain-too-few";
    List<TestDevice> devices = TestDevice.enroll(relay, federation, 2);
    TestRound round =
        TestRound.plain(
                federation, 10, builder -> builder.setDeadlines(TestRound.deadlines(2_000, 3_000)))
            .open(relay);
    devices.forEach(device -> device.join(relay));
    GetSessionResponse session =
        relay.awaitLeaving(round.roundId(), SessionPhase.SESSION_PHASE_ADVERTISE);
    assertThat(session.getAborted().getReason())
        .isEqualTo(AbortReason.ABORT_REASON_TOO_FEW_DEVICES);
    assertRefused("conflict", () -> participants(round)).withMessageContaining("aborted");
  }

  @Test
  void onlyServicesAreLetIn() {
    assertRefused(
        "unauthenticated",
        () -> relay.strangers().getSession(GetSessionRequest.getDefaultInstance()));
    assertRefused(
        "unauthenticated",
        () -> relay.strangers().openSession(OpenSessionRequest.getDefaultInstance()));
  }

  @Test
  void anUnknownRoundIsNotFound() {
    ByteString round = ByteString.copyFrom(new byte[16]);
    assertRefused("not-found", () -> relay.session(new byte[16]));
    assertRefused(
        "not-found",
        () ->
            relay
                .sessions()
                .getParticipants(GetParticipantsRequest.newBuilder().setRoundId(round).build()));
    assertRefused(
        "not-found",
        () ->
            relay
                .sessions()
                .closeSession(CloseSessionRequest.newBuilder().setRoundId(round).build()));
    assertRefused(
        "not-found",
        () ->
            relay
                .sessions()
                .openGraph(
                    OpenGraphRequest.newBuilder()
                        .setRoundId(round)
                        .setGraphNonce(ByteString.copyFrom(new byte[32]))
                        .build()));
    assertRefused("invalid-request", () -> relay.session(new byte[15]))
        .withMessageContaining("round_id");
  }

  @Test
  void theWrongNonceOpensNoGraph() {
    String federation = "wrong-nonce";
    TestRound round = TestRound.secure(federation, 3, builder -> builder).open(relay);
    OpenGraphRequest wrong =
        OpenGraphRequest.newBuilder()
            .setRoundId(ByteString.copyFrom(round.roundId()))
            .setGraphNonce(ByteString.copyFrom(new byte[32]))
            .build();
    assertRefused("invalid-value", () -> relay.sessions().openGraph(wrong))
        .withMessageContaining("graph_nonce");
    assertRefused(
        "invalid-request",
        () ->
            relay
                .sessions()
                .openGraph(
                    wrong.toBuilder().setGraphNonce(ByteString.copyFrom(new byte[31])).build()));
    assertRefused("conflict", () -> round.openGraph(relay)).withMessageContaining("still open");
  }

  @Test
  void otherParametersForTheSameRoundAreRefused() {
    TestRound round = TestRound.plain("same-round", 3, builder -> builder).open(relay);
    assertRefused(
        "conflict",
        () ->
            relay
                .sessions()
                .openSession(
                    OpenSessionRequest.newBuilder()
                        .setRoundParameters(
                            round.parameters().toBuilder()
                                .setTargetCohort(4)
                                .build()
                                .toByteString())
                        .build()));
    assertThat(round.open(relay).ticketKey()).hasSize(32);
  }

  @Test
  void aRoundThatIsPinnedToOtherRegionsIsRefused() {
    assertRefused(
        "region-refused",
        () -> TestRound.plain("pinned-away", 3, b -> b.addRegions("us")).open(relay));
    TestRound here = TestRound.plain("pinned-round", 3, b -> b.addRegions("eu"));
    OpenSessionRequest.Builder request =
        OpenSessionRequest.newBuilder().setRoundParameters(here.parameters().toByteString());
    assertRefused(
        "region-refused", () -> relay.sessions().openSession(request.setRegion("us").build()));
    assertRefused(
        "region-refused", () -> relay.sessions().openSession(request.clearRegion().build()));
    assertThat(here.open(relay).ticketKey()).hasSize(32);
  }

  @Test
  void parametersThatMakeNoSenseAreRefusedByField() {
    refusedParameters("protocol_version", b -> b.setProtocolVersion(2));
    refusedParameters("round_id", b -> b.setRoundId(ByteString.copyFrom(new byte[15])));
    refusedParameters("federation", b -> b.setFederation("Not A Label"));
    refusedParameters("target_cohort", b -> b.setTargetCohort(0));
    refusedParameters("target_cohort", b -> b.setTargetCohort(-1));
    refusedParameters("target_cohort", b -> b.setTargetCohort(2));
    refusedParameters("min_survivors", b -> b.setMinSurvivors(0));
    refusedParameters("min_survivors", b -> b.setMinSurvivors(9));
    refusedParameters("region", b -> b.addRegions("EU!"));
    refusedParameters(
        "deadlines.advertise", b -> b.setDeadlines(TestRound.deadlines(-1_000, 9_000)));
    refusedParameters(
        "deadlines.share",
        b ->
            b.setDeadlines(b.getDeadlines().toBuilder().setShare(b.getDeadlines().getAdvertise())));
    refusedParameters(
        "deadlines.reveal", b -> b.setDeadlines(b.getDeadlines().toBuilder().setReveal(1)));
    refusedParameters(
        "deadlines.upload",
        b -> b.setDeadlines(b.getDeadlines().toBuilder().setUpload(Long.MAX_VALUE)));
    refusedParameters(
        "adversary",
        b ->
            b.setSecureAggregation(
                b.getSecureAggregation().toBuilder()
                    .setAdversary(AdversaryModel.ADVERSARY_MODEL_UNSPECIFIED)));
    refusedParameters(
        "corrupt_fraction",
        b ->
            b.setSecureAggregation(
                b.getSecureAggregation().toBuilder().setCorruptFraction(Double.NaN)));
    refusedParameters(
        "security_bits",
        b -> b.setSecureAggregation(b.getSecureAggregation().toBuilder().setSecurityBits(0)));
    refusedParameters(
        "reconstruction_threshold",
        b ->
            b.setSecureAggregation(
                b.getSecureAggregation().toBuilder().setReconstructionThreshold(Double.NaN)));
    refusedParameters(
        "graph_nonce_commitment",
        b ->
            b.setSecureAggregation(
                b.getSecureAggregation().toBuilder().setGraphNonceCommitment(ByteString.EMPTY)));
    assertRefused(
        "invalid-request",
        () -> relay.sessions().openSession(OpenSessionRequest.getDefaultInstance()));
    assertRefused(
        "invalid-request",
        () ->
            relay
                .sessions()
                .openSession(
                    OpenSessionRequest.newBuilder()
                        .setRoundParameters(ByteString.copyFromUtf8("not parameters"))
                        .build()));
  }

  private void refusedParameters(String field, UnaryOperator<RoundParameters.Builder> change) {
    TestRound round = TestRound.secure("bad-parameters", 8, change);
    assertThatExceptionOfType(StatusRuntimeException.class)
        .as(field)
        .isThrownBy(() -> round.open(relay))
        .satisfies(
            failure -> assertThat(Relay.errorOf(failure)).isIn("invalid-request", "invalid-value"))
        .withMessageContaining(field);
    if (round.parameters().getRoundId().size() == 16) {
      assertRefused("not-found", () -> relay.session(round.roundId()));
    }
  }
}
