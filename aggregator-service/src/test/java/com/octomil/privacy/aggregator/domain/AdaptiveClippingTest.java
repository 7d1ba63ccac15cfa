package com.octomil.privacy.aggregator.domain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.octomil.privacy.dp.accounting.Adjacency;
import com.octomil.privacy.dp.accounting.GaussianComposition;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class AdaptiveClippingTest {
  private static final ClippingTerms TERMS = new ClippingTerms(2, 0.5, 0.2, 5);
  private static final JobId JOB = new JobId(UUID.randomUUID());

  private static ClippingNorm norm(double value) {
    return new ClippingNorm(JOB, 2, value);
  }

  @Test
  void theNormStartsAtTheConfiguredOneAndGoesOnInItsJobOnly() {
    assertThat(ClippingNorm.current(Optional.empty(), JOB, TERMS).value()).isEqualTo(2);
    assertThat(ClippingNorm.current(Optional.of(norm(3)), JOB, TERMS).value()).isEqualTo(3);
    JobId other = new JobId(UUID.randomUUID());
    assertThat(ClippingNorm.current(Optional.of(norm(3)), other, TERMS).value()).isEqualTo(2);
    // Another max_grad_norm is a new start.
    ClippingTerms changed = new ClippingTerms(4, 0.5, 0.2, 5);
    assertThat(ClippingNorm.current(Optional.of(norm(3)), JOB, changed).value()).isEqualTo(4);
  }

  @Test
  void theNormMovesByTheReleasedShareAndStaysWithinItsBounds() {
    // 75 of 100 within the norm: a quarter more than wanted.
    ClippingBits bits = new ClippingBits(TERMS, 100, 50);
    assertThat(bits.unclippedShare()).isEqualTo(0.75);
    assertThat(bits.next(Optional.of(norm(3)), JOB).value())
        .isEqualTo(3 * StrictMath.exp(-0.2 * 0.25));
    ClippingBits none = new ClippingBits(TERMS, 100, -100);
    Optional<ClippingNorm> up = Optional.empty();
    Optional<ClippingNorm> down = Optional.empty();
    for (int round = 0; round < 100; round++) {
      up = Optional.of(none.next(up, JOB));
      down = Optional.of(new ClippingBits(TERMS, 100, 100).next(down, JOB));
    }
    assertThat(up).contains(norm(2000));
    assertThat(down).contains(norm(0.002));
    assertThat(up.orElseThrow().atBound(TERMS)).isTrue();
    assertThat(down.orElseThrow().atBound(TERMS)).isTrue();
    assertThat(norm(3).atBound(TERMS)).isFalse();
  }

  @Test
  void updateAndBitTogetherAreOneGaussianAtTheConfiguredMultiplier() {
    for (double z : List.of(0.3, 1.0, 1.1, 7.5)) {
      ClippingTerms terms = new ClippingTerms(1, 0.5, 0.2, z);
      Noise noise = new Noise(z, Noise.Placement.SERVER, Optional.of(terms));
      for (Adjacency adjacency : List.of(Adjacency.ADD_REMOVE, Adjacency.REPLACE_ONE)) {
        double released =
            GaussianComposition.mu(
                Map.of(noise.updateMultiplier(), 1L, 2 * terms.bitNoise(), 1L), adjacency);
        double charged = GaussianComposition.mu(Map.of(z, 1L), adjacency);
        assertThat(released).isCloseTo(charged, within(charged * 1e-12));
      }
    }
  }

  @Test
  void noiseThatTheBitWouldUseUpAndSharedNoiseAreRefused() {
    assertThatThrownBy(() -> new Noise(11, Noise.Placement.SERVER, Optional.of(TERMS)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("bit_noise is 5.0");
    assertThatThrownBy(() -> new Noise(1, Noise.Placement.DISTRIBUTED, Optional.of(TERMS)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("must be server with adaptive_clipping");
  }

  @Test
  void bothNoisesHaveTheVariancesOfTheTheorem() {
    ClippingTerms terms = new ClippingTerms(2, 0.5, 0.2, 1);
    Noise noise = new Noise(1.5, Noise.Placement.SERVER, Optional.of(terms));
    Encoding encoding = Encoding.of(2, 10, 10, Optional.empty(), 0);
    // The mean of squares of n normal draws has the relative deviation sqrt(2 / n) = 0.71 %: beyond
    // 4 % either way in one of 10^7 runs. An update without the split has less than half.
    int draws = 40_000;
    long[] sum = new long[draws];
    byte[] octets = Release.of(sum, encoding, Optional.of(noise)).aggregateOctets();
    ByteBuffer.wrap(octets).order(ByteOrder.LITTLE_ENDIAN).asLongBuffer().get(sum);
    double update = 0;
    double bits = 0;
    for (int i = 0; i < draws; i++) {
      update += (double) sum[i] * sum[i] / draws;
      double bit = ClippingBits.release(terms, 100, 40).sum() - 40;
      bits += bit * bit / draws;
    }
    double updateDeviation = 1024 / Math.sqrt(1 / (1.5 * 1.5) - 1.0 / 4);
    assertThat(noise.updateMultiplier() * 1024).isCloseTo(updateDeviation, within(1e-6));
    assertThat(update / (updateDeviation * updateDeviation)).isBetween(0.96, 1.04);
    // (2 s)^2, and 1/12 for the rounding.
    assertThat(bits / (4 + 1.0 / 12)).isBetween(0.96, 1.04);
  }

  @Test
  void theServerComputesTheBitOfAClearUpdate() {
    Encoding encoding = Encoding.of(5, 10, 4, Optional.empty(), 0);
    byte[] within = Weights.encode(new float[] {3, -4});
    byte[] beyond = Weights.encode(new float[] {3.0001f, -4});
    assertThat(ClearUpdate.clippingBit(within, encoding, Optional.empty())).isEqualTo(1);
    assertThat(ClearUpdate.clippingBit(beyond, encoding, Optional.empty())).isEqualTo(-1);
    // The weight behind an update is no coordinate of it.
    byte[] weighed =
        ByteBuffer.allocate(12)
            .order(ByteOrder.LITTLE_ENDIAN)
            .put(within)
            .putInt(0x7f000000)
            .array();
    assertThat(ClearUpdate.clippingBit(weighed, encoding, Optional.of(new Weighting(9, false))))
        .isEqualTo(1);
  }

  @Test
  void aReplayMovesTheNormByTheRoundsThatAreLeft() {
    ServerState state = new ServerState(new float[1], Optional.empty());
    double expected = 2;
    for (long bits : new long[] {50, -30, 110}) {
      ReplayedRound round =
          new ReplayedRound(
              new RoundId(UUID.randomUUID()),
              JOB,
              1,
              Optional.of(new byte[Long.BYTES]),
              0x1p-10,
              100,
              new Algorithm.FedAvg(),
              1,
              Optional.of(new ClippingBits(TERMS, 100, bits)));
      state = round.apply(state);
      expected *= StrictMath.exp(-0.2 * (0.5 * bits / 100 + 0.5 - 0.5));
      assertThat(state.norm().orElseThrow().value()).isEqualTo(expected);
    }
    // A round with a fixed norm in between ends it.
    ServerState fixed =
        state.after(new double[1], Optional.empty(), JOB, new Algorithm.FedAvg(), 1);
    assertThat(fixed.norm()).isEmpty();
  }
}
