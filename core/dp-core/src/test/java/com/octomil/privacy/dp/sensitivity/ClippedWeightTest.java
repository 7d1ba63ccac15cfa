package com.octomil.privacy.dp.sensitivity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.security.SecureRandom;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class ClippedWeightTest {

  @Test
  void examplesCountUpToTheCap() {
    assertThat(ClippedWeight.ofExamples(3, 8)).isEqualTo(new ClippedWeight(3, 8));
    assertThat(ClippedWeight.ofExamples(1000, 8)).isEqualTo(new ClippedWeight(8, 8));
  }

  @Test
  void weightsAndCapsOutOfRangeAreRefused() {
    assertThatThrownBy(() -> ClippedWeight.ofExamples(0, 8))
        .hasMessageContaining("examples")
        .hasMessageContaining("0");
    assertThatThrownBy(() -> new ClippedWeight(9, 8)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new ClippedWeight(1, ClippedWeight.MAX_WEIGHT + 1))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void theUpdateIsClippedFirstAndWeighedThen() {
    double[] weighted = new ClippedWeight(2, 8).apply(new float[] {3, -4}, 1);
    assertThat(weighted).containsExactly(new double[] {0.15, -0.2}, within(1e-15));
    assertThat(new ClippedWeight(8, 8).apply(new float[] {0.25f, -0.5f}, 1))
        .containsExactly(0.25, -0.5);
    assertThatThrownBy(() -> new ClippedWeight(1, 1).apply(new float[] {Float.NaN}, 1))
        .hasMessageContaining("update[0]");
  }

  @Test
  void noWeightRaisesTheSensitivity() {
    GridEncoder encoder = new GridEncoder(1, 0x1p-12);
    float[] huge = new float[100];
    Arrays.fill(huge, Float.MAX_VALUE);
    for (int weight = 1; weight <= 5; weight++) {
      int[] encoded =
          encoder.encode(new ClippedWeight(weight, 5).apply(huge, 1), new SecureRandom());
      long squares = Arrays.stream(encoded).mapToLong(k -> (long) k * k).sum();
      assertThat(Math.sqrt(squares)).isLessThanOrEqualTo(4096);
      assertThat(Math.sqrt(squares)).isBetween(4096 * (weight / 5.0) * 0.98, 4096.0);
    }
  }
}
