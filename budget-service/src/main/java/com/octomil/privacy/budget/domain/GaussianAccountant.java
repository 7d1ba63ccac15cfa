package com.octomil.privacy.budget.domain;

import com.octomil.privacy.dp.accounting.Adjacency;
import com.octomil.privacy.dp.accounting.AnalyticGaussian;
import com.octomil.privacy.dp.accounting.GaussianComposition;
import java.math.BigDecimal;
import java.util.HashMap;
import java.util.Map;

/**
 * Exact accounting of rounds that all add Gaussian noise and never sample: the composition of
 * Gaussian mechanisms is one Gaussian mechanism with mu = sqrt(sum of (sensitivity / noise)^2)
 * (Dong, Roth, Su, "Gaussian Differential Privacy", Corollary 3.3), whose epsilon at a delta is
 * exact (Balle and Wang 2018). The bound also holds when the noise of a round is chosen in view of
 * earlier results (Smith and Thakurta 2022, fully adaptive Gaussian composition), which is why a
 * configuration may change within a version. Stateless.
 */
public final class GaussianAccountant {

  /** Counting stops here: no training runs a billion rounds. */
  static final long MOST_ROUNDS = 1_000_000_000L;

  private GaussianAccountant() {}

  /** Loss of the rounds with noise, rounded up; rounds without noise are not part of it. */
  public static Epsilon epsilon(RoundTally rounds, BigDecimal delta, Adjacency adjacency) {
    if (rounds.byKind().isEmpty()) {
      return Epsilon.ZERO;
    }
    Map<Double, Long> byNoise = new HashMap<>();
    // Two decimals may share one double: what ran is the double.
    rounds
        .byKind()
        .forEach((kind, count) ->
            byNoise.merge(kind.noiseMultiplier().doubleValue(), count, Math::addExact));
    double mu = GaussianComposition.mu(byNoise, adjacency);
    return Epsilon.ofLoss(AnalyticGaussian.epsilon(mu, Decimals.roundedDown(delta)));
  }

  /** Loss of the rounds with noise under the terms of {@code budget}. */
  public static Epsilon epsilon(RoundTally rounds, GaussianBudget budget) {
    return epsilon(rounds, budget.delta(), budget.adjacency());
  }
}
