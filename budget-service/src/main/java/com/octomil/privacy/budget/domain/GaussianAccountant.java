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

  /** Name that the answers carry. */
  public static final String NAME = "analytic_gaussian";

  /** Why it is the right one. */
  public static final String REASON =
      "Every round adds Gaussian noise and no round samples its devices, so rounds compose exactly to one Gaussian"
          + " mechanism; the bound also holds when the noise multiplier changes between rounds.";

  /** Counting stops here: no training runs a billion rounds. */
  static final long MOST_ROUNDS = 1_000_000_000L;

  private GaussianAccountant() {}

  /** Loss of the rounds with noise, rounded up; rounds without noise are not part of it. */
  public static Epsilon epsilon(RoundTally rounds, BigDecimal delta, Adjacency adjacency) {
    if (rounds.byNoiseMultiplier().isEmpty()) {
      return Epsilon.ZERO;
    }
    Map<Double, Long> byNoise = new HashMap<>();
    // Two decimals may share one double: what ran is the double.
    rounds
        .byNoiseMultiplier()
        .forEach((noise, count) -> byNoise.merge(noise.doubleValue(), count, Math::addExact));
    double mu = GaussianComposition.mu(byNoise, adjacency);
    return Epsilon.ofLoss(AnalyticGaussian.epsilon(mu, Decimals.roundedDown(delta)));
  }

  /** Loss of the rounds with noise under the terms of {@code budget}. */
  public static Epsilon epsilon(RoundTally rounds, GaussianBudget budget) {
    return epsilon(rounds, budget.delta(), budget.adjacency());
  }

  /**
   * How many more rounds of the present configuration the budget affords after {@code held}.
   *
   * @param held committed rounds and unresolved reservations
   * @param spent stored high-water mark of the version
   * @return 0 to 10^9
   */
  public static long affordable(RoundTally held, Epsilon spent, GaussianBudget budget) {
    if (spent.exceeds(budget.epsilon()) || !affords(held, budget, 1)) {
      return 0;
    }
    long enough = 1;
    long tooMany = 2;
    while (tooMany <= MOST_ROUNDS && affords(held, budget, tooMany)) {
      enough = tooMany;
      tooMany *= 2;
    }
    if (tooMany > MOST_ROUNDS) {
      return affords(held, budget, MOST_ROUNDS)
          ? MOST_ROUNDS
          : between(held, budget, enough, MOST_ROUNDS);
    }
    return between(held, budget, enough, tooMany);
  }

  private static long between(RoundTally held, GaussianBudget budget, long enough, long tooMany) {
    long low = enough;
    long high = tooMany;
    while (high - low > 1) {
      long middle = low + (high - low) / 2;
      if (affords(held, budget, middle)) {
        low = middle;
      } else {
        high = middle;
      }
    }
    return low;
  }

  private static boolean affords(RoundTally held, GaussianBudget budget, long rounds) {
    Epsilon after = epsilon(held.plus(budget.noiseMultiplier(), rounds), budget);
    return !after.exceeds(budget.epsilon());
  }
}
