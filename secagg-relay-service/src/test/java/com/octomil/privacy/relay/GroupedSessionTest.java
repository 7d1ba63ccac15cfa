package com.octomil.privacy.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.ByteString;
import com.octomil.privacy.kit.test.EmbeddedPostgresResource;
import com.octomil.privacy.kit.test.ServiceTokenResource;
import com.octomil.privacy.proto.relay.v1.GetParticipantsRequest;
import com.octomil.privacy.proto.relay.v1.GetSessionResponse;
import com.octomil.privacy.proto.relay.v1.SessionPhase;
import com.octomil.privacy.proto.secagg.v1.AbortReason;
import com.octomil.privacy.proto.secagg.v1.Roster;
import com.octomil.privacy.proto.secagg.v1.RosterEntry;
import com.octomil.privacy.relay.testing.PeersResource;
import com.octomil.privacy.relay.testing.Relay;
import com.octomil.privacy.relay.testing.TestDevice;
import com.octomil.privacy.relay.testing.TestParticipant;
import com.octomil.privacy.relay.testing.TestRound;
import com.octomil.privacy.secagg.GraphParameters;
import com.octomil.privacy.secagg.graph.NeighbourGraph;
import com.octomil.privacy.secagg.wire.IndexBitmap;
import io.grpc.StatusRuntimeException;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Cohorts that are split into groups. */
@QuarkusTest
@QuarkusTestResource(EmbeddedPostgresResource.class)
@QuarkusTestResource(ServiceTokenResource.class)
@QuarkusTestResource(PeersResource.class)
class GroupedSessionTest {

  private static final int DEVICES = 10;

  private Relay relay;

  @BeforeEach
  void connect() {
    relay = new Relay();
  }

  @AfterEach
  void disconnect() {
    relay.close();
  }

  /** Ten devices in two groups of five, each a complete graph, up to the share step. */
  private final class Grouped {
    final TestRound round;
    final Map<Integer, TestParticipant> byIndex = new TreeMap<>();
    final Map<Integer, Roster> rosters = new TreeMap<>();
    final NeighbourGraph graph;

    Grouped(String federation, int minSurvivors) {
      List<TestDevice> devices = TestDevice.enroll(relay, federation, DEVICES);
      round =
          TestRound.secure(
                  federation,
                  DEVICES,
                  builder -> {
                    builder
                        .setDeadlines(TestRound.deadlines(2_500, 5_000))
                        .setMinSurvivors(minSurvivors);
                    builder
                        .getSecureAggregationBuilder()
                        .setDropoutFraction(0.1)
                        .setMaxGroupSize(5)
                        .setMinGroupSurvivors(3);
                    return builder;
                  })
              .open(relay);
      List<TestParticipant> joined = devices.stream().map(device -> device.join(relay)).toList();
      joined.forEach(
          participant -> assertThat(participant.advertise(relay).hasAccepted()).isTrue());
      GetSessionResponse closed =
          relay.awaitLeaving(round.roundId(), SessionPhase.SESSION_PHASE_ADVERTISE);
      round.openGraph(relay);
      for (TestParticipant participant : joined) {
        Roster roster = participant.roster(relay, 5_000).getRoster();
        byIndex.put(roster.getSelf().getIndex(), participant);
        rosters.put(roster.getSelf().getIndex(), roster);
      }
      Roster any = rosters.get(0);
      assertThat(any.getDegree()).isEqualTo(4);
      graph =
          NeighbourGraph.of(
              round.nonce(),
              closed.getRosterRoot().toByteArray(),
              new GraphParameters(DEVICES, any.getDegree(), any.getThreshold(), 2));
    }

    void share(int index) {
      TestParticipant participant = byIndex.get(index);
      assertThat(
              participant.submit(relay, participant.makeShares(rosters.get(index))).hasAccepted())
          .isTrue();
    }
  }

  @Test
  void aGroupThatFailsInTheShareStepIsLeftOut() {
    Grouped session = new Grouped("one-group-fails", 5);
    session.rosters.forEach((index, roster) ->
        assertThat(roster.getNeighboursList().stream().mapToInt(RosterEntry::getIndex).toArray())
            .hasSize(4)
            .isEqualTo(session.graph.neighbours(index)));

    int[] failing = session.graph.members(0);
    int[] other = session.graph.members(1);
    session.share(failing[0]);
    session.share(failing[1]);
    for (int index : other) {
      session.share(index);
    }
    GetSessionResponse shared =
        relay.awaitLeaving(session.round.roundId(), SessionPhase.SESSION_PHASE_SHARE);
    assertThat(shared.getPhase()).isEqualTo(SessionPhase.SESSION_PHASE_SHARED);
    assertThat(shared.getShared()).isEqualTo(5);
    BitSet sharers =
        IndexBitmap.parse(
            relay
                .sessions()
                .getParticipants(
                    GetParticipantsRequest.newBuilder()
                        .setRoundId(ByteString.copyFrom(session.round.roundId()))
                        .build())
                .getSharers()
                .toByteArray(),
            DEVICES);
    assertThat(sharers.stream().toArray()).isEqualTo(other);

    assertThat(session.byIndex.get(other[0]).shares(relay, 1_000).getShares().getSharesCount())
        .isEqualTo(4);
    // Who shared hears why; who did not is late either way.
    for (int index : failing) {
      assertThat(session.byIndex.get(index).shares(relay, 1_000).getAborted())
          .satisfies(aborted -> {
            assertThat(aborted.getReason())
                .isEqualTo(AbortReason.ABORT_REASON_NEIGHBOURHOOD_BELOW_THRESHOLD);
            assertThat(aborted.getDetail()).contains("without the group of this device");
          });
    }
  }

  @Test
  void tooFewInGroupsThatCanGoOnEndTheSession() {
    Grouped session = new Grouped("too-few-left", 6);
    session.share(session.graph.members(0)[0]);
    for (int index : session.graph.members(1)) {
      session.share(index);
    }
    GetSessionResponse ended =
        relay.awaitLeaving(session.round.roundId(), SessionPhase.SESSION_PHASE_SHARE);
    assertThat(ended.getPhase()).isEqualTo(SessionPhase.SESSION_PHASE_ABORTED);
    assertThat(ended.getAborted().getReason()).isEqualTo(AbortReason.ABORT_REASON_TOO_FEW_DEVICES);
    assertThat(ended.getAborted().getDetail())
        .isEqualTo("5 devices are in groups that can go on; the round needs at least 6.");
  }

  @Test
  void groupsThatAreTooSmallAreRefused() {
    TestRound round =
        TestRound.secure(
            "small-groups",
            DEVICES,
            builder -> {
              builder.getSecureAggregationBuilder().setMaxGroupSize(5).setMinGroupSurvivors(4);
              return builder;
            });
    assertThat(catchThrowableOfType(StatusRuntimeException.class, () -> round.open(relay)))
        .hasMessageContaining("min_group_survivors is 4; it must be between 3 and 3");
  }
}
