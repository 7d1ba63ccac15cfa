package com.octomil.privacy.dp.accounting;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.octomil.privacy.dp.internal.Normal;
import org.junit.jupiter.api.Test;

/**
 * The privacy loss accountant against the definition: the hockey-stick divergence of one round in
 * closed form, of two and three rounds by Simpson's rule over the losses of the others.
 */
class NumericalIntegrationTest {
  /** One direction of the Poisson-sampled Gaussian: P against Q, both on the line. */
  private record Pair(double sigma, double rate, boolean added) {
    double loss(double x) {
      double removed = Math.log1p(rate * Math.expm1((x - 0.5) / (sigma * sigma)));
      return added ? -removed : removed;
    }

    double density(double x) {
      double plain = Normal.density(x / sigma) / sigma;
      return added ? plain : (1 - rate) * plain + rate * Normal.density((x - 1) / sigma) / sigma;
    }

    /** E_P[(1 - e^(epsilon - loss))_+] for any real epsilon. */
    double delta(double epsilon) {
      // The loss of the removal exceeds r where x > border.
      double r = added ? -epsilon : epsilon;
      double odds = (Math.expm1(r) + rate) / rate;
      if (odds <= 0) {
        return added ? 0 : -Math.expm1(epsilon);
      }
      double border = sigma * sigma * Math.log(odds) + 0.5;
      double plainAbove = Normal.upperTail(border / sigma);
      double shiftedAbove = Normal.upperTail((border - 1) / sigma);
      double plainBelow = Normal.upperTail(-border / sigma);
      double shiftedBelow = Normal.upperTail((1 - border) / sigma);
      return added
          ? plainBelow - Math.exp(epsilon) * ((1 - rate) * plainBelow + rate * shiftedBelow)
          : (1 - rate) * plainAbove + rate * shiftedAbove - Math.exp(epsilon) * plainAbove;
    }

    double delta(double epsilon, int rounds) {
      if (rounds == 1) {
        return delta(epsilon);
      }
      int points = rounds == 2 ? 8000 : 800;
      double from = -9 * sigma;
      double to = 1 + 9 * sigma;
      double step = (to - from) / points;
      double sum = 0;
      for (int i = 0; i <= points; i++) {
        double x = from + i * step;
        double weight = i == 0 || i == points ? 1 : i % 2 == 1 ? 4 : 2;
        sum += weight * density(x) * delta(epsilon - loss(x), rounds - 1);
      }
      return sum * step / 3;
    }
  }

  private static double delta(double sigma, double rate, double epsilon, int rounds) {
    return Math.max(
        new Pair(sigma, rate, false).delta(epsilon, rounds),
        new Pair(sigma, rate, true).delta(epsilon, rounds));
  }

  @Test
  void theIntervalHoldsWhatTheDefinitionGives() throws UnsupportedCompositionException {
    PrivacyLossAccountant losses = new PrivacyLossAccountant();
    for (double[] p :
        new double[][] {
          {1, 0.01, 1e-5},
          {0.6, 0.2, 1e-6},
          {2, 0.5, 1e-4},
          {0.8, 1e-3, 1e-7},
          {5, 0.05, 1e-5},
          {0.7, 1e-4, 1e-8},
          {0.5, 1e-6, 1e-9},
          {1, 1e-6, 1e-10}
        }) {
      for (int rounds = 1; rounds <= 2; rounds++) {
        Composition composition =
            Composition.of(PrivacyEvent.sampledGaussian(p[0], p[1]), rounds, Adjacency.ADD_REMOVE);
        EpsilonInterval interval = losses.epsilon(composition, p[2]);
        if (rounds == 1 || p[1] >= 0.01) {
          assertThat(interval.upper())
              .as("noise %s rate %s rounds %s width", p[0], p[1], rounds)
              .isBetween(interval.lower(), interval.lower() * (1 + 1e-3));
        }
        assertThat(delta(p[0], p[1], interval.upper(), rounds))
            .as("noise %s rate %s rounds %s above", p[0], p[1], rounds)
            .isLessThanOrEqualTo(p[2] * (1 + 1e-7));
        assertThat(delta(p[0], p[1], interval.lower(), rounds))
            .as("noise %s rate %s rounds %s below", p[0], p[1], rounds)
            .isGreaterThanOrEqualTo(p[2] * (1 - 1e-7));
      }
    }
  }

  @Test
  void threeRoundsToo() throws UnsupportedCompositionException {
    Composition composition =
        Composition.of(PrivacyEvent.sampledGaussian(0.9, 0.1), 3, Adjacency.ADD_REMOVE);
    EpsilonInterval interval = new PrivacyLossAccountant().epsilon(composition, 1e-5);
    assertThat(delta(0.9, 0.1, interval.upper(), 3)).isLessThanOrEqualTo(1e-5 * (1 + 1e-6));
    assertThat(delta(0.9, 0.1, interval.lower(), 3)).isGreaterThanOrEqualTo(1e-5 * (1 - 1e-6));
  }

  @Test
  void renyiOfPoissonSamplingUnderReplaceOneIsTheIntegralOfItsDefinition()
      throws UnsupportedCompositionException {
    for (double[] p :
        new double[][] {{1, 0.1, 2}, {0.7, 0.3, 5.5}, {3, 0.01, 20}, {1.5, 0.5, 90}}) {
      double sigma = p[0];
      double rate = p[1];
      double order = p[2];
      double variance = sigma * sigma;
      int points = 400_000;
      double from = -2 * order - 12 * sigma;
      double step = 2 * -from / points;
      double sum = 0;
      for (int i = 0; i <= points; i++) {
        double x = from + i * step;
        double plus = Math.log1p(rate * Math.expm1((x - 0.5) / variance));
        double minus = Math.log1p(rate * Math.expm1((-x - 0.5) / variance));
        // Scaled by the order's largest exponent so that nothing overflows.
        sum +=
            Math.exp(order * plus - (order - 1) * minus - x * x / (2 * variance) - scale(p)) * step;
      }
      double expected = (Math.log(sum / (sigma * Math.sqrt(2 * Math.PI))) + scale(p)) / (order - 1);
      double renyi =
          RenyiAccountant.renyi(
              PrivacyEvent.sampledGaussian(sigma, rate), Adjacency.REPLACE_ONE, order);
      assertThat(renyi).as("order %s", order).isCloseTo(expected, within(1e-8 * expected));
      // More than removing a device, less than replacing it with nothing hidden.
      assertThat(renyi)
          .isBetween(
              RenyiAccountant.renyi(
                  PrivacyEvent.sampledGaussian(sigma, rate), Adjacency.ADD_REMOVE, order),
              2 * order / variance);
    }
    Composition composition =
        Composition.of(PrivacyEvent.sampledGaussian(1, 0.05), 200, Adjacency.REPLACE_ONE);
    double certified = new PrivacyLossAccountant().epsilon(composition, 1e-6).upper();
    assertThat(RenyiAccountant.standard().epsilonOverAllOrders(composition, 1e-6))
        .isBetween(certified, 1.4 * certified);
  }

  private static double scale(double[] p) {
    return Math.min(600, 2 * p[2] * (p[2] - 1) / (p[0] * p[0]) * 0.5);
  }

  @Test
  void zeroConcentratedPrivacyConvertsAtTheBestOrder() throws UnsupportedCompositionException {
    for (double rho : new double[] {0.001, 0.1, 2}) {
      for (double delta : new double[] {1e-4, 1e-9}) {
        double best = Double.POSITIVE_INFINITY;
        for (double order = 1.0101; order < 20_000; order *= 1.00005) {
          best =
              Math.min(
                  best,
                  rho * order
                      + Math.log1p(-1 / order)
                      - (Math.log(delta) + Math.log(order)) / (order - 1));
        }
        Composition composition =
            Composition.of(
                new PrivacyEvent(new Mechanism.ZeroConcentrated(rho), new Sampling.None()),
                1,
                Adjacency.ADD_REMOVE);
        double epsilon =
            PrivacyAnalysis.of(composition, delta, new PrivacyLossAccountant())
                .upper()
                .orElseThrow();
        assertThat(epsilon)
            .as("rho %s delta %s", rho, delta)
            .isBetween(best * (1 - 1e-6), best * (1 + 1e-6));
        // Better than the classical conversion rho + 2 sqrt(rho log(1/delta)).
        assertThat(epsilon).isLessThan(rho + 2 * Math.sqrt(-rho * Math.log(delta)));
      }
    }
  }
}
