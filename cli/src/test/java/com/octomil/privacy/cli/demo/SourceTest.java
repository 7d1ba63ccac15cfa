package com.octomil.privacy.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SourceTest {

  @Test
  void breastCancerIsCompleteAndScaled() {
    Dataset data = Source.BREAST_CANCER.load();

    assertThat(data.size()).isEqualTo(569);
    assertThat(data.features()).isEqualTo(30);
    assertThat(data.histogram()).containsExactly(212, 357);
    for (Sample sample : data.samples()) {
      for (int i = 0; i < sample.size(); i++) {
        assertThat(sample.feature(i)).isBetween(-1.5, 1.5);
      }
    }
  }

  @Test
  void digitsAreCompleteAndScaled() {
    Dataset data = Source.DIGITS.load();

    assertThat(data.size()).isEqualTo(1797);
    assertThat(data.features()).isEqualTo(64);
    assertThat(data.histogram()).containsExactly(178, 182, 177, 183, 181, 182, 181, 179, 174, 180);
    for (Sample sample : data.samples()) {
      for (int i = 0; i < sample.size(); i++) {
        assertThat(sample.feature(i)).isBetween(-1.0, 1.0);
      }
    }
  }
}
