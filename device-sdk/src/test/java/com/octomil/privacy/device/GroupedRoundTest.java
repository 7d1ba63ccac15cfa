package com.octomil.privacy.device;

import static org.assertj.core.api.Assertions.assertThat;

import com.octomil.privacy.device.reference.Lies;
import com.octomil.privacy.device.reference.ReferenceRound;
import com.octomil.privacy.device.reference.RoundPlan;
import com.octomil.privacy.device.transport.Step;
import com.octomil.privacy.proto.secagg.v1.DifferentialPrivacy;
import com.octomil.privacy.proto.secagg.v1.NoisePlacement;
import com.octomil.privacy.proto.secagg.v1.Roster;
import com.octomil.privacy.proto.secagg.v1.RoundParameters;
import com.octomil.privacy.proto.secagg.v1.SecureAggregation;
import com.octomil.privacy.secagg.graph.NeighbourGraph;
import com.octomil.privacy.secagg.wire.IndexBitmap;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Rounds whose roster is split into groups, with an honest server and with one that lies. */
class GroupedRoundTest {

  private static final int DEVICES = 18;

  @SuppressWarnings("NullAway.Init")
  private Fleet fleet;

  @BeforeEach
  void start() throws Exception {
    fleet = new Fleet(DEVICES, 23);
  }

  @AfterEach
  void stop() throws Exception {
    fleet.close();
  }

  /** Two groups of nine, each a ring in which devices have six neighbours. */
  private static RoundPlan grouped(RoundPlan plan) {
    return plan.withDropoutFraction(0.12).inGroups(9, 5);
  }

  @Test
  void theSumOverAllGroupsIsExact() throws Exception {
    Map<Integer, Step> dropouts = Map.of(3, Step.UPLOAD, 8, Step.REVEAL);
    ReferenceRound round = fleet.server().open(grouped(fleet.plan(dropouts)));

    Map<Integer, Participation> outcomes = fleet.run(dropouts);

    assertThat(outcomes.values())
        .hasSize(16)
        .allSatisfy(outcome -> assertThat(outcome).isInstanceOf(Participation.Published.class));
    assertThat(round.graph().parameters().groups()).isEqualTo(2);
    assertThat(round.graph().parameters().degree()).isEqualTo(6);
    assertThat(round.sum()).contains(fleet.sum(round.uploaded()));
  }

  @Test
  void aGroupWithFewerSurvivorsThanItsMinimum() throws Exception {
    // Four others of its group survive, which its threshold allows, and the whole other group.
    refuses(
        RefusalReason.TOO_FEW_DEVICES,
        "at least 6 devices of the group must survive, not 5",
        fleet.plan().withDropoutFraction(0.12).inGroups(11, 6),
        new Lies() {
          @Override
          public byte[] survivors(int device, byte[] honest) {
            return device == 0 ? withoutPeers(honest, 4) : honest;
          }
        });
  }

  /** Declares all but {@code left} others of the group of device 0 dropped. */
  private byte[] withoutPeers(byte[] bitmap, int left) {
    ReferenceRound round = fleet.server().current();
    BitSet survivors = IndexBitmap.parse(bitmap, DEVICES);
    int own = round.index(0);
    int kept = 0;
    for (int member : round.graph().members(round.graph().group(own))) {
      if (member != own && kept++ >= left) {
        survivors.clear(member);
      }
    }
    return IndexBitmap.of(DEVICES, survivors);
  }

  @Test
  void aRosterThatIsNotSplitAsThePlanSays() throws Exception {
    refuses(
        RefusalReason.GRAPH_BELOW_FLOOR,
        "degree must be 6",
        grouped(fleet.plan()),
        roster(r -> r.setDegree(DEVICES - 1)));
  }

  @Test
  void aNeighbourFromAnotherGroup() throws Exception {
    refuses(
        RefusalReason.NOT_MY_NEIGHBOURS,
        "neighbours must be",
        grouped(fleet.plan()),
        roster(r -> {
          ReferenceRound round = fleet.server().current();
          NeighbourGraph graph = round.graph();
          int other = graph.members(1 - graph.group(r.getSelf().getIndex()))[0];
          int[] neighbours = graph.neighbours(r.getSelf().getIndex());
          neighbours[0] = other;
          Arrays.sort(neighbours);
          r.clearNeighbours();
          for (int neighbour : neighbours) {
            r.addNeighbours(round.entry(neighbour));
          }
        }));
  }

  @Test
  void aThresholdThatTheSmallestGroupCannotMeet() throws Exception {
    refuses(
        RefusalReason.GRAPH_BELOW_FLOOR,
        "threshold must be from 4 to 6",
        grouped(fleet.plan()),
        roster(r -> r.setThreshold(9)));
  }

  private static Lies roster(Consumer<Roster.Builder> lie) {
    return new Lies() {
      @Override
      public Roster roster(int device, Roster honest) {
        if (device != 0) {
          return honest;
        }
        Roster.Builder changed = honest.toBuilder();
        lie.accept(changed);
        return changed.build();
      }
    };
  }

  @Test
  void groupsThatHideTooFew() throws Exception {
    fleet.policy(LocalPolicy.standard().withMinimumCohort(6));
    refusesParameters(
        RefusalReason.TOO_FEW_DEVICES,
        "min_group_survivors must be at least 6, not 5",
        parameters -> parameters.setMinSurvivors(6));
  }

  @Test
  void groupsThatContradictThemselves() throws Exception {
    refusesParameters(
        RefusalReason.UNACCEPTABLE_PARAMETERS,
        "min_group_survivors is 6; it must be between 3 and 5",
        parameters -> secure(parameters).setMinGroupSurvivors(6));
    refusesParameters(
        RefusalReason.UNACCEPTABLE_PARAMETERS,
        "max_group_size is 0",
        parameters -> secure(parameters).setMaxGroupSize(0));
    refusesParameters(
        RefusalReason.UNACCEPTABLE_PARAMETERS,
        "max_group_size is -1",
        parameters -> secure(parameters).setMaxGroupSize(-1));
  }

  @Test
  void noiseOfDevicesInGroups() throws Exception {
    refusesParameters(
        RefusalReason.UNACCEPTABLE_PARAMETERS,
        "placement must be server in a round with groups",
        parameters -> {
          parameters.getEncodingBuilder().setRingBits(32);
          parameters.setDifferentialPrivacy(
              DifferentialPrivacy.newBuilder()
                  .setNoiseMultiplier(1)
                  .setPlacement(NoisePlacement.NOISE_PLACEMENT_DISTRIBUTED));
        });
  }

  @Test
  void aRingThatASumOfTheLargestGroupCouldWrap() throws Exception {
    // 1024 steps, at most nine devices: 2^15 > 2 * 9 * 1024.
    refusesParameters(
        RefusalReason.RING_OVERFLOW,
        "for 9 devices",
        parameters -> parameters.getEncodingBuilder().setRingBits(14));
  }

  @Test
  void aRingThatIsWideEnoughForTheLargestGroupIsAccepted() throws Exception {
    fleet
        .server()
        .lies(
            new Lies() {
              @Override
              public void parameters(RoundParameters.Builder parameters) {
                parameters.getEncodingBuilder().setRingBits(15);
              }
            });
    ReferenceRound round = fleet.server().open(grouped(fleet.plan()));
    // The reference server unmasks with the ring that it would have chosen for all; so only up to
    // there.
    assertThat(fleet.device(0, fleet.droppingAt(Step.ADVERTISE)))
        .satisfies(device ->
            org.assertj.core.api.Assertions.assertThatThrownBy(device::participate)
                .isInstanceOf(Fleet.DroppedOut.class));
    assertThat(round.uploaded()).isEmpty();
  }

  private static SecureAggregation.Builder secure(RoundParameters.Builder parameters) {
    return parameters.getSecureAggregationBuilder();
  }

  private void refuses(RefusalReason reason, String detail, RoundPlan plan, Lies lies)
      throws Exception {
    fleet.server().lies(lies);
    ReferenceRound round = fleet.server().open(plan);
    refused(reason, detail, round, fleet.victim(round));
  }

  private void refusesParameters(
      RefusalReason reason, String detail, Consumer<RoundParameters.Builder> change)
      throws Exception {
    fleet
        .server()
        .lies(
            new Lies() {
              @Override
              public void parameters(RoundParameters.Builder parameters) {
                change.accept(parameters);
              }
            });
    ReferenceRound round = fleet.server().open(grouped(fleet.plan()));
    refused(reason, detail, round, fleet.device(0, fleet.droppingAt(Step.ADVERTISE)).participate());
  }

  private static void refused(
      RefusalReason reason, String detail, ReferenceRound round, Participation outcome) {
    assertThat(outcome).isInstanceOf(Participation.Refused.class);
    Participation.Refused refused = (Participation.Refused) outcome;
    assertThat(refused.reason()).as(refused.detail()).isEqualTo(reason);
    assertThat(refused.detail()).contains(detail);
    assertThat(round.revealed()).doesNotContain(0);
  }
}
