package com.octomil.privacy.dp.accounting;

import com.octomil.privacy.dp.internal.Checks;
import java.util.HashMap;
import java.util.Map;

/**
 * Exact composition of Gaussian rounds without subsampling.
 *
 * <p>The composition of Gaussian mechanisms is again one (Dong, Roth and Su 2022, Corollary 3.3),
 * also when parameters are chosen adaptively as long as the sum of squares is capped in advance, so
 * it serves as a privacy filter. Stateless and thread-safe; all rounding is against the spender.
 */
public final class GaussianComposition {
  private static final double U = 0x1p-53;

  private GaussianComposition() {}

  /**
   * Parameter mu of the whole composition, rounded up.
   *
   * @param roundsByNoiseMultiplier for each noise multiplier (standard deviation over clipping
   *     norm, above 0) the number of rounds run with it
   */
  public static double mu(Map<Double, Long> roundsByNoiseMultiplier, Adjacency adjacency) {
    double sum = 0;
    for (Map.Entry<Double, Long> entry : roundsByNoiseMultiplier.entrySet()) {
      double noise = Checks.positive("noise_multiplier", entry.getKey());
      long rounds = Checks.count("rounds", entry.getValue());
      // Four roundings up to and including this addition, each by less than one ulp.
      sum = (sum + rounds / noise / noise) * (1 + 8 * U);
    }
    double mu = adjacency.sensitivity() * Math.sqrt(sum) * (1 + 4 * U);
    if (!(mu <= 1e100)) {
      throw Checks.invalid(
          "noise_multiplier", roundsByNoiseMultiplier.keySet(), "large enough to be finite");
    }
    return mu;
  }

  /**
   * How many more rounds at {@code noiseMultiplier} stay within the budget after those already run.
   * {@code Long.MAX_VALUE} stands for more rounds than a double can count.
   */
  public static long roundsAffordable(
      double epsilon,
      double delta,
      double noiseMultiplier,
      Adjacency adjacency,
      Map<Double, Long> alreadyRun) {
    Checks.positive("noise_multiplier", noiseMultiplier);
    double cap = AnalyticGaussian.mu(epsilon, delta);
    double used = mu(alreadyRun, adjacency);
    double perRound = adjacency.sensitivity() / noiseMultiplier;
    double guess = Math.floor((cap * cap - used * used) / (perRound * perRound) * (1 + 0x1p-40));
    if (guess >= 0x1p53) {
      return Long.MAX_VALUE;
    }
    long rounds = (long) guess;
    // The guess errs upwards; the rounded-up composition decides.
    long step = 1;
    while (rounds > 0 && with(alreadyRun, noiseMultiplier, rounds, adjacency) > cap) {
      rounds = Math.max(0, rounds - step);
      step *= 2;
    }
    while (step > 1) {
      step /= 2;
      if (with(alreadyRun, noiseMultiplier, rounds + step, adjacency) <= cap) {
        rounds += step;
      }
    }
    return Math.max(0, rounds);
  }

  private static double with(
      Map<Double, Long> alreadyRun, double noiseMultiplier, long rounds, Adjacency adjacency) {
    Map<Double, Long> all = new HashMap<>(alreadyRun);
    all.merge(noiseMultiplier, rounds, Math::addExact);
    return mu(all, adjacency);
  }

  /**
   * Smallest noise multiplier with which {@code rounds} rounds cost at most epsilon, rounded up.
   */
  public static double noiseMultiplierFor(
      double epsilon, double delta, long rounds, Adjacency adjacency) {
    Checks.within("rounds", rounds, 1, 1L << 53);
    double cap = AnalyticGaussian.mu(epsilon, delta);
    if (cap == 0) {
      throw Checks.invalid("epsilon", epsilon, "reachable with finite noise at delta " + delta);
    }
    double noise = adjacency.sensitivity() * Math.sqrt((double) rounds) / cap * (1 + 4 * U);
    while (mu(Map.of(noise, rounds), adjacency) > cap) {
      noise = Math.nextUp(noise);
    }
    return noise;
  }
}
