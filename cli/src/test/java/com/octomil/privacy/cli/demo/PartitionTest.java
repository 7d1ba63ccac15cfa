package com.octomil.privacy.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class PartitionTest {

  private final Dataset data = Source.BREAST_CANCER.load();

  @Test
  void everySampleIsInExactlyOnePlace() {
    Partition partition = Partition.of(data, 57, 1);

    List<Sample> all = new ArrayList<>(partition.test().samples());
    partition.slices().forEach(slice -> all.addAll(slice.samples()));
    assertThat(all).containsExactlyInAnyOrderElementsOf(data.samples());
    assertThat(partition.slices())
        .hasSize(57)
        .allMatch(slice -> slice.size() >= 7 && slice.size() <= 8);
  }

  @Test
  void theTestSetHasAFifthOfEachClass() {
    assertThat(Partition.of(data, 57, 1).test().histogram()).containsExactly(42, 71);
  }

  @Test
  void theSeedDecides() {
    assertThat(Partition.of(data, 57, 1)).isEqualTo(Partition.of(data, 57, 1));
    assertThat(Partition.of(data, 57, 1)).isNotEqualTo(Partition.of(data, 57, 2));
  }

  @Test
  void theConstantGuessIsTheCommonestTrainingLabel() {
    assertThat(Partition.of(data, 57, 1).constantAccuracy()).isCloseTo(71.0 / 113, within(1e-12));
  }

  @Test
  void everyDeviceNeedsASample() {
    assertThatThrownBy(() -> Partition.of(data, 457, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("devices is 457; there are 456 training samples");
  }
}
