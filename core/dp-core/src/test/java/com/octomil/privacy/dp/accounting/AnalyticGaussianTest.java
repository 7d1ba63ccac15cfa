package com.octomil.privacy.dp.accounting;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.octomil.privacy.dp.Csv;
import java.util.Map;
import org.junit.jupiter.api.Test;

class AnalyticGaussianTest {
  @Test
  void agreesWithTheReferenceOnUnsampledRows() {
    int rows = 0;
    for (var row : Csv.read("/reference/reference_public.csv")) {
      if (!row.has("epsilon_exact") || !row.text("mechanism").equals("gaussian")) {
        continue;
      }
      long rounds = Long.parseLong(row.text("rounds"));
      Adjacency adjacency =
          row.text("adjacency").equals("replace_one")
              ? Adjacency.REPLACE_ONE
              : Adjacency.ADD_REMOVE;
      double mu = GaussianComposition.mu(Map.of(row.number("noise_multiplier"), rounds), adjacency);
      double expected = row.number("epsilon_exact");
      double epsilon = AnalyticGaussian.epsilon(mu, row.number("delta"));
      assertThat(epsilon).as(row.text("id")).isCloseTo(expected, within(1e-6));
      assertThat(epsilon)
          .isGreaterThanOrEqualTo(AnalyticGaussian.epsilonLower(mu, row.number("delta")));
      rows++;
    }
    assertThat(rows).isEqualTo(9);
  }

  @Test
  void upperAndLowerBoundsAreTight() {
    for (double mu : new double[] {1e-3, 0.05, 1, 3, 10, 40}) {
      for (double delta : new double[] {1e-3, 1e-5, 1e-10, 1e-14}) {
        double upper = AnalyticGaussian.epsilon(mu, delta);
        double lower = AnalyticGaussian.epsilonLower(mu, delta);
        assertThat(upper).isGreaterThanOrEqualTo(lower);
        assertThat(upper - lower).as("mu %s delta %s", mu, delta).isLessThan(1e-9 * (1 + upper));
      }
    }
  }

  @Test
  void deltaAndEpsilonAreInverse() {
    double epsilon = AnalyticGaussian.epsilon(0.7, 1e-6);
    assertThat(AnalyticGaussian.delta(0.7, epsilon)).isCloseTo(1e-6, within(1e-17));
    double mu = AnalyticGaussian.mu(epsilon, 1e-6);
    assertThat(mu).isCloseTo(0.7, within(1e-12));
    assertThat(AnalyticGaussian.epsilon(mu, 1e-6)).isLessThanOrEqualTo(epsilon);
  }

  @Test
  void nothingReleasedCostsNothing() {
    assertThat(AnalyticGaussian.epsilon(0, 1e-5)).isZero();
    assertThat(GaussianComposition.mu(Map.of(), Adjacency.ADD_REMOVE)).isZero();
    assertThat(GaussianComposition.mu(Map.of(1.0, 0L), Adjacency.ADD_REMOVE)).isZero();
  }

  @Test
  void roundsAreCounted() {
    double one = GaussianComposition.mu(Map.of(2.0, 1L), Adjacency.ADD_REMOVE);
    double hundred = GaussianComposition.mu(Map.of(2.0, 100L), Adjacency.ADD_REMOVE);
    assertThat(hundred / one).isCloseTo(10, within(1e-12));
  }

  @Test
  void replaceOneDoublesTheSensitivity() {
    Map<Double, Long> rounds = Map.of(2.0, 10L);
    assertThat(GaussianComposition.mu(rounds, Adjacency.REPLACE_ONE))
        .isCloseTo(2 * GaussianComposition.mu(rounds, Adjacency.ADD_REMOVE), within(1e-12));
  }

  @Test
  void affordableRoundsAreTheLargestNumberWithinBudget() {
    double epsilon = 4;
    double delta = 1e-5;
    for (Adjacency adjacency : Adjacency.values()) {
      for (double noise : new double[] {0.9, 1.1, 7, 32.86}) {
        Map<Double, Long> before = Map.of(20.0, 3L);
        long rounds =
            GaussianComposition.roundsAffordable(epsilon, delta, noise, adjacency, before);
        assertThat(AnalyticGaussian.epsilon(mu(before, noise, rounds, adjacency), delta))
            .isLessThanOrEqualTo(epsilon);
        assertThat(AnalyticGaussian.epsilon(mu(before, noise, rounds + 1, adjacency), delta))
            .isGreaterThan(epsilon);
      }
    }
  }

  private static double mu(
      Map<Double, Long> before, double noise, long rounds, Adjacency adjacency) {
    var all = new java.util.HashMap<>(before);
    all.merge(noise, rounds, Long::sum);
    return GaussianComposition.mu(all, adjacency);
  }

  @Test
  void noiseForRoundsAffordsExactlyThoseRounds() {
    for (long rounds : new long[] {1, 2, 50, 100, 12345}) {
      double noise = GaussianComposition.noiseMultiplierFor(1, 1e-6, rounds, Adjacency.ADD_REMOVE);
      assertThat(
              GaussianComposition.roundsAffordable(1, 1e-6, noise, Adjacency.ADD_REMOVE, Map.of()))
          .isEqualTo(rounds);
    }
    assertThat(GaussianComposition.noiseMultiplierFor(1, 1e-6, 50, Adjacency.ADD_REMOVE))
        .isCloseTo(29.873002, within(3e-5));
    assertThat(GaussianComposition.roundsAffordable(1, 1e-6, 32.86, Adjacency.ADD_REMOVE, Map.of()))
        .isEqualTo(60);
  }

  @Test
  void exhaustedBudgetAffordsNothing() {
    assertThat(
            GaussianComposition.roundsAffordable(
                1, 1e-6, 1.0, Adjacency.ADD_REMOVE, Map.of(1.0, 50L)))
        .isZero();
  }

  @Test
  void refusalsNameTheFieldAndTheValue() {
    assertThatThrownBy(() -> AnalyticGaussian.epsilon(1, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("delta is 0.0");
    assertThatThrownBy(() -> AnalyticGaussian.epsilon(Double.NaN, 1e-5))
        .hasMessageContaining("mu is NaN");
    assertThatThrownBy(() -> GaussianComposition.mu(Map.of(0.0, 1L), Adjacency.ADD_REMOVE))
        .hasMessageContaining("noise_multiplier is 0.0");
    assertThatThrownBy(() -> GaussianComposition.mu(Map.of(1.0, -1L), Adjacency.ADD_REMOVE))
        .hasMessageContaining("rounds is -1");
  }
}
