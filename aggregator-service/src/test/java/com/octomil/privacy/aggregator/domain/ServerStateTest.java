package com.octomil.privacy.aggregator.domain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class ServerStateTest {
  private static final JobId JOB = new JobId(new UUID(1, 1));
  private static final Algorithm.FedAdam ADAM = new Algorithm.FedAdam(0.9, 0.99, 0.1);

  private static ServerState start(float... weights) {
    return new ServerState(weights, Optional.empty());
  }

  @Test
  void fedAvgAddsTheAverage() {
    ServerState next =
        start(1, -2).after(new double[] {0.5, 0.25}, JOB, new Algorithm.FedAvg(), 0.5);
    assertThat(next.weights()).containsExactly(1.25f, -1.875f);
    assertThat(next.moments()).isEmpty();
    assertThat(
            start(1, -2)
                .after(new double[] {0.5, 0.25}, JOB, new Algorithm.FedProx(3), 0.5)
                .weights())
        .isEqualTo(next.weights());
  }

  /** Two rounds of Algorithm 2 by hand, with tau^2 = 0.01 for the second moment before them. */
  @Test
  void fedAdamIsAlgorithmTwo() {
    ServerState one = start(1).after(new double[] {0.2}, JOB, ADAM, 0.5);
    // m = 0.1 * 0.2 = 0.02; v = 0.99 * 0.01 + 0.01 * 0.04 = 0.0103.
    double first = 0.02 / (Math.sqrt(0.0103) + 0.1);
    assertThat((double) one.weights()[0]).isCloseTo(1 + 0.5 * first, within(1e-7));
    ServerState two = one.after(new double[] {-0.4}, JOB, ADAM, 0.5);
    // m = 0.9 * 0.02 - 0.1 * 0.4 = -0.022; v = 0.99 * 0.0103 + 0.01 * 0.16 = 0.011797.
    double second = -0.022 / (Math.sqrt(0.011797) + 0.1);
    assertThat((double) two.weights()[0]).isCloseTo(1 + 0.5 * first + 0.5 * second, within(2e-7));
  }

  @Test
  void momentsSurviveTheirStoredForm() {
    ServerState one = start(1, 2).after(new double[] {0.2, -1e-9}, JOB, ADAM, 0.5);
    Moments kept = one.moments().orElseThrow();
    Moments read = Moments.ofOctets(JOB, kept.firstOctets(), kept.secondOctets());
    double[] next = {0.1, 0.3};
    assertThat(
            new ServerState(one.weights(), Optional.of(read)).after(next, JOB, ADAM, 0.5).weights())
        .isEqualTo(one.after(next, JOB, ADAM, 0.5).weights());
    assertThatThrownBy(() -> Moments.ofOctets(JOB, new byte[8], new byte[16]))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void anotherJobBeginsWithoutMoments() {
    double[] update = {0.2};
    ServerState one = start(1).after(update, JOB, ADAM, 0.5);
    JobId other = new JobId(new UUID(2, 2));
    assertThat(one.after(update, other, ADAM, 0.5).weights())
        .isEqualTo(
            new ServerState(one.weights(), Optional.empty())
                .after(update, other, ADAM, 0.5)
                .weights())
        .isNotEqualTo(one.after(update, JOB, ADAM, 0.5).weights());
  }

  @Test
  void aWeightThatOverflowsIsRefused() {
    assertThatThrownBy(() ->
            start(Float.MAX_VALUE)
                .after(new double[] {Float.MAX_VALUE}, JOB, new Algorithm.FedAvg(), 1))
        .isInstanceOf(ArithmeticException.class);
  }

  @Test
  void valuesOutOfRangeAreRefused() {
    assertThatThrownBy(() -> new Algorithm.FedAdam(1, 0.9, 0.1)).hasMessageContaining("beta1 is 1");
    assertThatThrownBy(() -> new Algorithm.FedAdam(0, -0.1, 0.1)).hasMessageContaining("beta2 is");
    assertThatThrownBy(() -> new Algorithm.FedAdam(0, 0, 0)).hasMessageContaining("tau is 0");
    assertThatThrownBy(() -> new Algorithm.FedProx(Double.NaN)).hasMessageContaining("NaN");
  }
}
