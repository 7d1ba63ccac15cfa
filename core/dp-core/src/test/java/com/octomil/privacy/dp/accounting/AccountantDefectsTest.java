package com.octomil.privacy.dp.accounting;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Defects known from other accountants, and the laws that catch them. */
class AccountantDefectsTest {
  private final PrivacyLossAccountant losses = new PrivacyLossAccountant();

  private static Composition rounds(double noise, double rate, long count) {
    return Composition.of(PrivacyEvent.sampledGaussian(noise, rate), count, Adjacency.ADD_REMOVE);
  }

  @Test
  void everyRoundCountsHoweverItIsWritten() throws UnsupportedCompositionException {
    Composition one = Composition.empty(Adjacency.ADD_REMOVE);
    PrivacyEvent event = PrivacyEvent.sampledGaussian(1.1, 0.02);
    for (int i = 0; i < 10; i++) {
      one = one.plus(event, 7);
    }
    double written = losses.epsilon(one, 1e-6).upper();
    assertThat(written).isEqualTo(losses.epsilon(rounds(1.1, 0.02, 70), 1e-6).upper());
    assertThat(written).isGreaterThan(1.3 * losses.epsilon(rounds(1.1, 0.02, 7), 1e-6).upper());
    PrivacyEvent laplace = new PrivacyEvent(new Mechanism.Laplace(5), new Sampling.None());
    assertThat(losses.epsilon(Composition.of(laplace, 40, Adjacency.ADD_REMOVE), 1e-6).upper())
        .isGreaterThan(
            2 * losses.epsilon(Composition.of(laplace, 8, Adjacency.ADD_REMOVE), 1e-6).upper());
  }

  @Test
  void replacingADeviceCostsMoreThanRemovingIt() throws UnsupportedCompositionException {
    PrivacyEvent event = PrivacyEvent.sampledGaussian(2, 0.05);
    double removed = losses.epsilon(Composition.of(event, 100, Adjacency.ADD_REMOVE), 1e-6).upper();
    double replaced =
        losses.epsilon(Composition.of(event, 100, Adjacency.REPLACE_ONE), 1e-6).upper();
    assertThat(replaced).isGreaterThan(1.3 * removed);
    // Never more than two removals in a row would give at a split delta.
    double half = losses.epsilon(Composition.of(event, 100, Adjacency.ADD_REMOVE), 1e-8).upper();
    assertThat(replaced).isLessThan(2 * half);
    Composition laplace =
        Composition.of(
            new PrivacyEvent(new Mechanism.Laplace(4), new Sampling.None()),
            3,
            Adjacency.REPLACE_ONE);
    Composition twice =
        Composition.of(
            new PrivacyEvent(new Mechanism.Laplace(2), new Sampling.None()),
            3,
            Adjacency.ADD_REMOVE);
    assertThat(losses.epsilon(laplace, 1e-6)).isEqualTo(losses.epsilon(twice, 1e-6));
  }

  @Test
  void samplingEverybodyIsNoSampling() throws UnsupportedCompositionException {
    double exact = AnalyticGaussian.epsilon(Math.sqrt(10) / 2 * 2, 1e-5);
    Composition all =
        Composition.of(
            new PrivacyEvent(new Mechanism.Gaussian(2), new Sampling.Poisson(1)),
            10,
            Adjacency.REPLACE_ONE);
    assertThat(PrivacyAnalysis.of(all, 1e-5, losses).exact().orElseThrow())
        .isCloseTo(exact, within(1e-9));
    double almost =
        losses
            .epsilon(
                Composition.of(
                    new PrivacyEvent(new Mechanism.Gaussian(2), new Sampling.Poisson(1 - 1e-9)),
                    10,
                    Adjacency.REPLACE_ONE),
                1e-5)
            .upper();
    assertThat(almost).isCloseTo(exact, within(5e-3));
  }

  @Test
  void epsilonNeverFallsWithRounds() throws UnsupportedCompositionException {
    for (double[] p : new double[][] {{1, 0.01, 1e-5}, {0.6, 0.2, 1e-7}, {4, 0.001, 1e-5}}) {
      double last = 0;
      for (long t = 1; t < 100_000; t += 1 + t / 5) {
        for (long count : new long[] {t, t + 1}) {
          double epsilon = losses.epsilon(rounds(p[0], p[1], count), p[2]).upper();
          assertThat(epsilon).as("noise %s rounds %s", p[0], count).isGreaterThanOrEqualTo(last);
          last = epsilon;
        }
      }
    }
  }

  @Test
  void addingAnyRoundNeverLowersEpsilon() throws UnsupportedCompositionException {
    PrivacyEvent[] others = {
      PrivacyEvent.sampledGaussian(50, 1e-4),
      PrivacyEvent.sampledGaussian(0.9, 0.001),
      PrivacyEvent.gaussian(30),
      new PrivacyEvent(new Mechanism.Laplace(100), new Sampling.None()),
      new PrivacyEvent(new Mechanism.EpsilonDelta(1e-4, 0), new Sampling.None()),
    };
    Composition composition = rounds(1, 0.02, 300);
    double last = losses.epsilon(composition, 1e-6).upper();
    for (PrivacyEvent other : others) {
      composition = composition.plus(other, 1);
      double epsilon = losses.epsilon(composition, 1e-6).upper();
      assertThat(epsilon).as("after %s", other).isGreaterThanOrEqualTo(last);
      last = epsilon;
    }
  }

  @Test
  void epsilonFallsWithNoiseAndDelta() throws UnsupportedCompositionException {
    double last = Double.POSITIVE_INFINITY;
    for (double noise = 0.5; noise < 8; noise *= 1.3) {
      double epsilon = losses.epsilon(rounds(noise, 0.05, 200), 1e-6).upper();
      assertThat(epsilon).isLessThan(last);
      last = epsilon;
    }
    last = Double.POSITIVE_INFINITY;
    for (double delta = 1e-14; delta < 0.2; delta *= 10) {
      EpsilonInterval epsilon = losses.epsilon(rounds(1, 0.02, 300), delta);
      assertThat(epsilon.upper()).isLessThan(last);
      assertThat(epsilon.upper() - epsilon.lower()).isLessThan(2e-3 * epsilon.upper());
      last = epsilon.upper();
    }
  }

  @Test
  void deltaIsTheInverseOfEpsilon() throws UnsupportedCompositionException {
    for (double delta : new double[] {1e-12, 1e-8, 1e-4, 0.05}) {
      double epsilon = losses.epsilon(rounds(1, 0.02, 300), delta).upper();
      assertThat(losses.delta(rounds(1, 0.02, 300), epsilon)).isBetween(0.98 * delta, 1.02 * delta);
    }
  }

  @Test
  void privacyLossAgreesWithTheExactGaussian() throws UnsupportedCompositionException {
    for (double mu : new double[] {0.05, 0.5, 2, 9, 20}) {
      for (double delta : new double[] {1e-14, 1e-9, 1e-5, 0.01}) {
        EpsilonInterval interval =
            losses.epsilon(
                Composition.of(PrivacyEvent.gaussian(1 / mu), 1, Adjacency.ADD_REMOVE), delta);
        double exact = AnalyticGaussian.epsilon(mu, delta);
        assertThat(interval.upper())
            .as("mu %s delta %s", mu, delta)
            .isGreaterThanOrEqualTo(exact * (1 - 1e-12));
        assertThat(interval.lower()).isLessThanOrEqualTo(exact);
        assertThat(interval.upper()).isLessThanOrEqualTo(exact * (1 + 1e-3) + 1e-6);
      }
    }
  }

  @Test
  void directionsAreComposedSeparately() throws UnsupportedCompositionException {
    // One direction dominates in each part; a per-round maximum would add up to more.
    Composition mixed = rounds(0.7, 0.3, 5);
    EpsilonInterval interval = losses.epsilon(mixed, 1e-5);
    double swapped = losses.delta(mixed, interval.upper());
    assertThat(swapped).isLessThanOrEqualTo(1e-5 * (1 + 1e-6));
  }

  @Test
  void fractionalOrdersAreNotTheSumOfAbsoluteValues() throws UnsupportedCompositionException {
    // Adding absolute values of the alternating series gives 1.7 to 14 % more at these parameters.
    Composition composition = rounds(5, 0.5, 100);
    assertThat(RenyiAccountant.standard().epsilon(composition, 1e-6))
        .isCloseTo(5.381288351294579, within(1e-6));
    // Just above an integer order the moment is continuous.
    PrivacyEvent event = PrivacyEvent.sampledGaussian(0.8, 0.1);
    for (int order = 2; order < 60; order += 7) {
      double at = RenyiAccountant.renyi(event, Adjacency.ADD_REMOVE, order);
      assertThat(RenyiAccountant.renyi(event, Adjacency.ADD_REMOVE, order + 1e-9))
          .isCloseTo(at, within(1e-7 * at));
    }
  }

  @Test
  void truncationNeverMakesPoissonSamplingCheaper() throws UnsupportedCompositionException {
    double plain = losses.epsilon(rounds(1, 0.01, 200), 1e-5).upper();
    double last = Double.POSITIVE_INFINITY;
    for (long cap : new long[] {80, 100, 120, 150, 400}) {
      PrivacyEvent event =
          new PrivacyEvent(
              new Mechanism.Gaussian(1), new Sampling.TruncatedPoisson(0.01, 10_000, cap));
      double epsilon =
          losses.epsilon(Composition.of(event, 200, Adjacency.ADD_REMOVE), 1e-5).upper();
      assertThat(epsilon).isBetween(plain * (1 - 1e-9), last);
      assertThat(
              RenyiAccountant.standard()
                  .epsilon(Composition.of(event, 200, Adjacency.ADD_REMOVE), 1e-5))
          .isGreaterThan(epsilon);
      last = epsilon;
    }
    assertThat(last).isCloseTo(plain, within(1e-4));
  }

  @Test
  void whatCannotBeBoundedIsRefusedWithTheReason() {
    Map<PrivacyEvent, Adjacency> refused = new LinkedHashMap<>();
    refused.put(
        new PrivacyEvent(new Mechanism.Gaussian(1), new Sampling.WithoutReplacement(0.1)),
        Adjacency.ADD_REMOVE);
    refused.put(
        new PrivacyEvent(new Mechanism.ZeroConcentrated(0.1), new Sampling.None()),
        Adjacency.ADD_REMOVE);
    refused.put(
        new PrivacyEvent(new Mechanism.TreeAggregation(1, 10), new Sampling.None()),
        Adjacency.ADD_REMOVE);
    refused.put(
        new PrivacyEvent(new Mechanism.Skellam(100, 1, 1), new Sampling.None()),
        Adjacency.ADD_REMOVE);
    refused.put(
        new PrivacyEvent(new Mechanism.DiscreteGaussian(4, 1, 8), new Sampling.None()),
        Adjacency.ADD_REMOVE);
    refused.put(
        new PrivacyEvent(new Mechanism.EpsilonDelta(1, 0), new Sampling.Poisson(0.1)),
        Adjacency.REPLACE_ONE);
    refused.put(PrivacyEvent.sampledGaussian(0.01, 0.1), Adjacency.ADD_REMOVE);
    refused.forEach((event, adjacency) ->
        assertThatThrownBy(() -> losses.epsilon(Composition.of(event, 1, adjacency), 1e-5))
            .as("%s", event)
            .isInstanceOf(UnsupportedCompositionException.class)
            .hasMessageMatching(".{20,}"));
    PrivacyAnalysis zcdp =
        PrivacyAnalysis.of(
            Composition.of(
                new PrivacyEvent(new Mechanism.ZeroConcentrated(0.1), new Sampling.None()),
                1,
                Adjacency.ADD_REMOVE),
            1e-5,
            losses);
    assertThat(zcdp.accountant()).isEqualTo(PrivacyAnalysis.Accountant.RENYI);
    assertThat(zcdp.refusals()).singleElement().asString().contains("zero-concentrated");
  }

  @Test
  void deltasThatLeakTogetherAreNotReachable() throws UnsupportedCompositionException {
    PrivacyEvent leaky =
        new PrivacyEvent(new Mechanism.EpsilonDelta(0.1, 1e-6), new Sampling.None());
    Composition twenty = Composition.of(leaky, 20, Adjacency.ADD_REMOVE);
    assertThat(losses.epsilon(twenty, 1e-5).upper()).isInfinite();
    assertThat(RenyiAccountant.standard().epsilon(twenty, 1e-5)).isInfinite();
    assertThat(losses.epsilon(twenty, 1e-4).upper()).isBetween(1.0, 2.0 + 1e-9);
  }
}
