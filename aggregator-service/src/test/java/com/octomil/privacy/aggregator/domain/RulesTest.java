package com.octomil.privacy.aggregator.domain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.octomil.privacy.secagg.GraphParameters;
import com.octomil.privacy.secagg.wire.BitPacking;
import com.octomil.privacy.secagg.wire.SecretKind;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class RulesTest {
  private static BitSet set(int... indices) {
    BitSet set = new BitSet();
    Arrays.stream(indices).forEach(set::set);
    return set;
  }

  private static UnmaskingPlan complete(int size, int threshold, BitSet sharers, BitSet survivors) {
    Roster.Graph graph =
        new Roster.Graph(Octets.of(new byte[32]), new GraphParameters(size, size - 1, threshold));
    return new UnmaskingPlan(Octets.of(new byte[32]), graph, sharers, survivors);
  }

  @Test
  void aSurvivorRevealsOneSecretOfEachNeighbourThatShared() {
    UnmaskingPlan plan = complete(5, 2, set(0, 1, 2, 3), set(0, 1, 3));
    assertThat(plan.expectedFrom(0))
        .isEqualTo(
            Map.of(
                1, SecretKind.SELF_MASK_SEED,
                2, SecretKind.MASK_KEY,
                3, SecretKind.SELF_MASK_SEED));
    assertThat(plan.neededOwners()).containsExactly(0, 1, 2, 3);
    assertThat(plan.survivingNeighbours(2)).isEqualTo(3);
    assertThat(plan.infeasible(0)).isEmpty();
  }

  @Test
  void aNeighbourhoodBelowTheThresholdIsFoundBeforeAnybodyReveals() {
    // Each survivor has two surviving neighbours, one fewer than the threshold.
    UnmaskingPlan plan = complete(5, 3, set(0, 1, 2, 3), set(0, 1, 3));
    assertThat(plan.infeasible(0).map(Abort::reason))
        .contains(AbortReason.NEIGHBOURHOOD_BELOW_THRESHOLD);
  }

  @Test
  void aDropOutWithoutSurvivingNeighboursLeavesNoMasks() {
    // Nobody survives: no secret is needed, and no neighbour of a drop-out is left.
    assertThat(complete(5, 2, set(0, 1, 2), set()).neededOwners()).isEmpty();
  }

  @Test
  void aRosterHasNoGapsAndNoRepetitions() {
    Octets key = Octets.of(new byte[32]);
    ParticipantId id = new ParticipantId(UUID.randomUUID());
    Participant first = new Participant(0, id, key, key, key, true);
    assertThatThrownBy(() ->
            new Roster(
                List.of(
                    first,
                    new Participant(2, new ParticipantId(UUID.randomUUID()), key, key, key, true)),
                Optional.empty()))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() ->
            new Roster(
                List.of(first, new Participant(1, id, key, key, key, true)), Optional.empty()))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private static float[] moved(
      Release release, float[] weights, double gridStep, double denominator, double rate) {
    return new ServerState(weights, Optional.empty())
        .after(
            release.average(gridStep, denominator),
            new JobId(new UUID(1, 1)),
            new Algorithm.FedAvg(),
            rate)
        .weights();
  }

  @Test
  void theReleaseWithoutNoiseIsTheSumAndTheModelMovesByItsAverage() {
    Encoding encoding = Encoding.of(1, 10, 4, Optional.empty(), 0);
    Release release = Release.of(new long[] {2048, -1024, 0}, encoding, Optional.empty());
    assertThat(HexFormat.of().formatHex(release.aggregateOctets()))
        .isEqualTo("0008000000000000" + "00fcffffffffffff" + "0000000000000000");
    assertThat(moved(release, new float[] {1, 1, 1}, encoding.gridStep(), 4, 0.5))
        .containsExactly(1.25f, 0.875f, 1f);
  }

  @Test
  void aModelThatLeavesTheRangeIsNotPublished() {
    Encoding encoding = Encoding.of(1e30, 1, 4, Optional.empty(), 0);
    Release release = Release.of(new long[] {Integer.MAX_VALUE}, encoding, Optional.empty());
    assertThatThrownBy(() -> moved(release, new float[1], encoding.gridStep(), 1, 1e6))
        .isInstanceOf(ArithmeticException.class);
  }

  @Test
  void aSumOverTheCohortFitsTheRingExactly() {
    // 2 * 512 * 1024 = 2^20 does not fit 20 bits, which hold 2^19 negative numbers.
    assertThat(Encoding.of(1, 10, 511, Optional.empty(), 0).ringBits()).isEqualTo(20);
    assertThat(Encoding.of(1, 10, 512, Optional.empty(), 0).ringBits()).isEqualTo(21);
    assertThatThrownBy(() -> Encoding.of(1, 20, 1_000_000, Optional.empty(), 0))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void weightsThatAreCountedFitTheRingToo() {
    Optional<Weighting> counted = Optional.of(new Weighting(4096, true));
    // The radius is 1024, the cap four times that.
    assertThat(Encoding.of(1, 10, 127, counted, 0).ringBits()).isEqualTo(20);
    assertThat(Encoding.of(1, 10, 128, counted, 0).ringBits()).isEqualTo(21);
    assertThat(Encoding.of(1, 10, 128, Optional.of(new Weighting(4096, false)), 0).ringBits())
        .isEqualTo(19);
    assertThatThrownBy(() -> new Weighting(0, true)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aWeightedSumIsDividedByTheSumOfTheWeights() {
    Weighting weighting = new Weighting(8, true);
    Encoding encoding = Encoding.of(1, 10, 4, Optional.of(weighting), 0);
    Release release = Release.of(new long[] {1024, -512}, encoding, Optional.empty());
    // Weights 8 and 2: 10 / 8 of the largest weight.
    assertThat(
            moved(
                release,
                new float[] {0, 0},
                encoding.gridStep(),
                Release.denominator(10, weighting),
                1))
        .containsExactly(0.8f, -0.4f);
  }

  @Test
  void aClearUpdateIsWeighedByTheServer() {
    Weighting weighting = new Weighting(8, true);
    Encoding encoding = Encoding.of(1, 10, 4, Optional.of(weighting), 0);
    byte[] payload = {0, 0, 0, 0x3f, 0, 0, (byte) 0x80, (byte) 0xbf, 2, 0, 0, 0};
    // (0.5, -1) is clipped to length 1, then counts a quarter.
    int[] encoded =
        ClearUpdate.encode(payload, encoding, Optional.of(weighting), new SecureRandom());
    assertThat(encoded).hasSize(3);
    assertThat(encoded[0]).isBetween(114, 115);
    assertThat(encoded[1]).isBetween(-229, -228);
    assertThat(encoded[2]).isEqualTo(2);
    assertThat(ClearUpdate.bytes(2, Optional.of(weighting))).isEqualTo(payload.length);
    assertThat(ClearUpdate.defect(payload, Optional.of(weighting))).isEmpty();
    payload[8] = 9;
    assertThat(ClearUpdate.defect(payload, Optional.of(weighting)))
        .contains("ends with the weight 9; it must be between 1 and 8");
    payload[8] = 0;
    assertThat(ClearUpdate.defect(payload, Optional.of(weighting))).isPresent();
  }

  @Test
  void storedSumsAddUpInAnyOrder() {
    RingSum left = new RingSum(3, 20);
    left.add(new Contribution.Clear(0, Octets.sha256(new byte[0]), new int[] {-1, 5, 7}));
    RingSum right = new RingSum(3, 20);
    byte[] packed = BitPacking.pack(new int[] {3, (1 << 20) - 6, 0}, 20);
    right.add(new Contribution.Masked(1, Octets.sha256(packed), packed));
    RingSum total = new RingSum(3, 20);
    total.addStored(right.toOctets());
    total.addStored(left.toOctets());
    assertThat(total.coordinates()).containsExactly(2, (1 << 20) - 1, 7);
    assertThatThrownBy(() -> total.addStored(new byte[8]))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aPackedUpdateIsFoundDefectiveByTheRuleOfThePacking() {
    byte[] good = BitPacking.pack(new int[] {1, 2, 3}, 5);
    assertThat(PackedUpdate.defect(good, 3, 5)).isEmpty();
    for (int bit = 0; bit < 8; bit++) {
      byte[] changed = good.clone();
      changed[changed.length - 1] ^= (byte) (1 << bit);
      boolean refused = PackedUpdate.defect(changed, 3, 5).isPresent();
      boolean thrown = false;
      try {
        BitPacking.addPacked(new int[3], changed, 5);
      } catch (IllegalArgumentException e) {
        thrown = true;
      }
      assertThat(refused).as("bit " + bit).isEqualTo(thrown);
    }
    assertThat(PackedUpdate.defect(new byte[3], 3, 5)).isPresent();
  }

  @Test
  void weightsAreFiniteBinary32() {
    assertThat(Weights.defect(Weights.encode(new float[] {1, -0f, Float.MIN_VALUE}))).isEmpty();
    assertThat(Weights.defect(new byte[0])).isPresent();
    assertThat(Weights.defect(new byte[5])).isPresent();
    assertThat(Weights.defect(Weights.encode(new float[] {1, Float.NaN})).orElseThrow())
        .contains("coordinate 1");
    assertThat(Weights.decode(Weights.encode(new float[] {1.5f, -2}))).containsExactly(1.5f, -2f);
  }

  @Test
  void statesKnowTheirNamesAndWhatTheyAllow() {
    for (RoundState state : RoundState.values()) {
      assertThat(RoundState.of(state.id())).isEqualTo(state);
      assertThat(state.over() && (state.acceptsReveals() || state.beforeUpload())).isFalse();
    }
    assertThat(RoundState.ABORTED.survivorsFixed()).isFalse();
    assertThat(RoundState.UPLOADING.survivorsFixed()).isFalse();
    assertThat(RoundState.COMMITTED.survivorsFixed()).isTrue();
    for (JobState state : JobState.values()) {
      assertThat(JobState.of(state.id())).isEqualTo(state);
      assertThat(state.active() && state.terminal()).isFalse();
    }
  }

  @Test
  void identifiersAndNamesAreChecked() {
    RoundId id = new RoundId(UUID.randomUUID());
    assertThat(RoundId.of(id.toArray())).isEqualTo(id);
    assertThatThrownBy(() -> RoundId.of(new byte[15])).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new FederationName("-a")).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new ModelName("a_b")).isInstanceOf(IllegalArgumentException.class);
    assertThat(Octets.of(new byte[] {1}).toString()).doesNotContain("01");
  }
}
