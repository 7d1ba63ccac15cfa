package com.octomil.privacy.dp.sensitivity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.octomil.privacy.dp.accounting.Adjacency;
import com.octomil.privacy.dp.accounting.GaussianComposition;
import com.octomil.privacy.dp.mechanism.RoundedGaussian;
import java.util.Map;
import org.junit.jupiter.api.Test;

class AdaptiveClippingTest {
  private final AdaptiveClipping clipping = new AdaptiveClipping(0.5, 0.2, 5, 100);

  @Test
  void theNormShrinksWhenTooManyUpdatesAreWithinIt() {
    assertThat(clipping.next(1, 100)).isLessThan(1);
    assertThat(clipping.next(1, -100)).isGreaterThan(1);
    assertThat(clipping.next(1, 0)).isEqualTo(1);
    assertThat(AdaptiveClipping.bit(0.5, 1)).isEqualTo(1);
    assertThat(AdaptiveClipping.bit(2, 1)).isEqualTo(-1);
    assertThat(AdaptiveClipping.bit(new float[] {3, -4}, 5)).isEqualTo(1);
    assertThat(AdaptiveClipping.bit(new float[] {3, -4}, Math.nextDown(5.0))).isEqualTo(-1);
    assertThat(AdaptiveClipping.bit(new float[] {Float.MAX_VALUE, Float.MAX_VALUE}, 1e39))
        .isEqualTo(1);
    assertThat(AdaptiveClipping.bit(new float[] {Float.MIN_VALUE}, 1e-46)).isEqualTo(-1);
  }

  @Test
  void whatNoDevicesCouldHaveSentMovesTheNormByABoundedStep() {
    // Six deviations of 5 / 100 beyond 0 and 1.
    assertThat(clipping.share(100)).isEqualTo(1);
    assertThat(clipping.share(1e9)).isEqualTo(1.3);
    assertThat(clipping.share(-1e9)).isEqualTo(-0.3);
    assertThat(clipping.next(1, -1e9)).isEqualTo(StrictMath.exp(0.2 * 0.8));
    assertThat(clipping.next(1, Long.MAX_VALUE)).isEqualTo(StrictMath.exp(-0.2 * 0.8));
  }

  @Test
  void theNormFindsTheQuantileOfTheUpdates() {
    AdaptiveClipping wanted = new AdaptiveClipping(0.8, 0.2, 5, 100);
    RoundedGaussian noise = RoundedGaussian.of(2 * wanted.bitNoise());
    double norm = 0.01;
    double mean = 0;
    for (int round = 0; round < 400; round++) {
      long sum = noise.sample();
      for (int device = 0; device < 100; device++) {
        sum += AdaptiveClipping.bit((device + 0.5) / 100, norm);
      }
      norm = wanted.next(norm, sum);
      mean += round >= 200 ? norm / 200 : 0;
    }
    assertThat(mean).isCloseTo(0.8, within(0.05));
  }

  @Test
  void theReleasedShareAveragesToTheTrueOne() {
    // 70 of 100 devices. The mean of 10,000 shares has deviation 5e-4: a false alarm, beyond five
    // deviations either way, in one run of 10^6.
    RoundedGaussian noise = RoundedGaussian.of(2 * clipping.bitNoise());
    double mean = 0;
    for (int round = 0; round < 10_000; round++) {
      mean += clipping.share(70 - 30 + noise.sample()) / 10_000;
    }
    assertThat(mean).isCloseTo(0.7, within(0.0025));
  }

  @Test
  void updateAndBitCostAsOneRound() {
    double update = clipping.updateNoiseMultiplier(1);
    assertThat(update).isCloseTo(1.005037815259212, within(1e-12));
    assertThat(clipping.chargedNoiseMultiplier(update)).isCloseTo(1, within(1e-12));
    // The bit moves by half: its noise multiplier is twice s_b.
    double together =
        GaussianComposition.mu(
            Map.of(update, 1L, 2 * clipping.bitNoise(), 1L), Adjacency.ADD_REMOVE);
    assertThat(together).isCloseTo(1, within(1e-12));
    assertThatThrownBy(() -> clipping.updateNoiseMultiplier(10))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("bit_noise is 5.0");
  }

  @Test
  void theDenominatorIsPublic() {
    // The same noisy sum gives the same norm however many devices really took part.
    assertThat(clipping.next(1, 30)).isEqualTo(new AdaptiveClipping(0.5, 0.2, 5, 100).next(1, 30));
    assertThat(clipping.next(1, 30)).isEqualTo(Math.exp(-0.2 * 0.15), within(1e-15));
  }
}
