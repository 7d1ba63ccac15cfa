package com.octomil.privacy.dp.accounting;

import com.octomil.privacy.dp.internal.Checks;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.function.DoubleFunction;

/**
 * Answers questions before any device is asked: how much noise, how many rounds, what it will cost.
 *
 * <p>All answers rest on certified upper bounds and are rounded against the spender: the noise
 * multiplier up, the rounds down. Not thread-safe: it keeps discretisations between questions.
 */
public final class Planner {
  private static final double LEAST_NOISE = 1e-3;
  private static final double MOST_NOISE = 1e7;
  private static final long MOST_ROUNDS = 1L << 40;

  private final PrivacyLossAccountant losses = new PrivacyLossAccountant();

  /** Upper bound of epsilon by the accountant that is chosen for the composition. */
  public double epsilon(Composition composition, double delta)
      throws UnsupportedCompositionException {
    PrivacyAnalysis.Accountant chosen = PrivacyAnalysis.Accountant.NONE;
    OptionalDouble mu = PrivacyAnalysis.gaussianMu(composition);
    if (mu.isPresent()) {
      return AnalyticGaussian.epsilon(mu.getAsDouble(), delta);
    }
    UnsupportedCompositionException refusal = null;
    double best = Double.POSITIVE_INFINITY;
    try {
      best = losses.epsilon(composition, delta).upper();
      chosen = PrivacyAnalysis.Accountant.PRIVACY_LOSS_DISTRIBUTION;
    } catch (UnsupportedCompositionException e) {
      refusal = e;
    }
    if (chosen == PrivacyAnalysis.Accountant.NONE || best == Double.POSITIVE_INFINITY) {
      try {
        best = Math.min(best, RenyiAccountant.standard().epsilonOverAllOrders(composition, delta));
      } catch (UnsupportedCompositionException e) {
        if (refusal != null) {
          throw refusal;
        }
      }
    }
    return best;
  }

  /** Upper bound of delta at {@code epsilon}. */
  public double delta(Composition composition, double epsilon)
      throws UnsupportedCompositionException {
    OptionalDouble mu = PrivacyAnalysis.gaussianMu(composition);
    return mu.isPresent()
        ? AnalyticGaussian.delta(mu.getAsDouble(), epsilon)
        : losses.delta(composition, epsilon);
  }

  /**
   * Smallest noise multiplier with which {@code rounds} rounds cost at most epsilon, rounded up by
   * less than 1e-5 relative.
   *
   * @param eventAt the round at a given noise multiplier
   */
  public double noiseMultiplier(
      double epsilon,
      double delta,
      long rounds,
      Adjacency adjacency,
      DoubleFunction<PrivacyEvent> eventAt)
      throws UnsupportedCompositionException {
    Checks.positive("epsilon", epsilon);
    Checks.delta(delta);
    Checks.within("rounds", rounds, 1, MOST_ROUNDS);
    double low = 0;
    double high = Double.POSITIVE_INFINITY;
    double lowGap = 0;
    double highGap = 0;
    double noise = 1;
    double lastNoise = Double.NaN;
    double lastGap = Double.NaN;
    // ln epsilon falls almost linearly in ln noise: secant steps within a shrinking bracket.
    for (int i = 0; i < 100; i++) {
      double cost;
      try {
        cost = epsilon(Composition.of(eventAt.apply(noise), rounds, adjacency), delta);
      } catch (UnsupportedCompositionException e) {
        if (noise > 0.5) {
          throw e;
        }
        cost = Double.POSITIVE_INFINITY;
      }
      double gap = cost == 0 ? -3 : Math.log(cost / epsilon);
      if (gap <= 0) {
        high = noise;
        highGap = gap;
      } else {
        low = noise;
        lowGap = Math.min(gap, 10);
      }
      if (high < Double.POSITIVE_INFINITY
          && (high - low <= 1e-5 * high || (gap <= 0 && gap > -1e-6))) {
        return high;
      }
      double slope = Math.log(noise / lastNoise) / (lastGap - gap);
      double next;
      if (slope > 0.01 && slope < 5 && Math.abs(gap) < 10) {
        // Aim slightly to the safe side, so that the bracket closes from both ends.
        next = noise * Math.exp(slope * (gap + (Math.abs(gap) < 0.01 ? 2e-6 : 0)));
      } else {
        next = noise * Math.exp(Math.max(-1.5, Math.min(1.5, gap)));
      }
      if (low > 0 && high < Double.POSITIVE_INFINITY && !(next > low && next < high)) {
        next = low + (high - low) * Math.min(0.9, Math.max(0.1, lowGap / (lowGap - highGap)));
      }
      lastNoise = noise;
      lastGap = gap;
      noise = Math.min(MOST_NOISE, Math.max(LEAST_NOISE, next));
      if (noise == lastNoise) {
        if (noise == LEAST_NOISE) {
          return noise;
        }
        throw new UnsupportedCompositionException(
            "no noise multiplier up to " + MOST_NOISE + " reaches epsilon " + epsilon);
      }
    }
    if (high == Double.POSITIVE_INFINITY) {
      throw new UnsupportedCompositionException("no noise multiplier reaches epsilon " + epsilon);
    }
    return high;
  }

  /** How many more rounds of {@code event} fit after {@code already}; at most 2^40. */
  public long rounds(double epsilon, double delta, PrivacyEvent event, Composition already)
      throws UnsupportedCompositionException {
    Checks.epsilon(epsilon);
    Checks.delta(delta);
    if (epsilon(already, delta) > epsilon || epsilon(already.plus(event, 1), delta) > epsilon) {
      return 0;
    }
    long low = 1;
    double lowCost = 0;
    long high = 2;
    double highCost;
    while (true) {
      highCost = epsilon(already.plus(event, high), delta);
      if (highCost > epsilon) {
        break;
      }
      low = high;
      lowCost = highCost;
      if (high >= MOST_ROUNDS) {
        return MOST_ROUNDS;
      }
      double growth = highCost > 0 ? Math.pow(epsilon / highCost, 2) * 1.02 : 16;
      high = Math.min(MOST_ROUNDS, Math.max(high + 1, (long) (high * Math.min(64, growth)) + 1));
    }
    boolean halve = false;
    while (high - low > 1) {
      // Interpolate, and halve every other time so that neither end can stay for long.
      double share = (epsilon - lowCost) / (highCost - lowCost);
      long middle =
          halve || !(share > 0 && share < 1)
              ? low + (high - low) / 2
              : low + Math.max(1, Math.min(high - low - 1, Math.round((high - low) * share)));
      halve = !halve;
      double cost = epsilon(already.plus(event, middle), delta);
      if (cost <= epsilon) {
        low = middle;
        lowCost = cost;
      } else {
        high = middle;
        highCost = cost;
      }
    }
    return low;
  }

  /** A point of a forecast. */
  public record ForecastPoint(long rounds, double epsilon) {}

  /** Cost after 1 to {@code rounds} further rounds at about {@code points} evenly spaced places. */
  public List<ForecastPoint> forecast(
      double delta, PrivacyEvent event, Composition already, long rounds, int points)
      throws UnsupportedCompositionException {
    Checks.within("rounds", rounds, 1, MOST_ROUNDS);
    Checks.within("points", points, 1, 10_000);
    List<ForecastPoint> curve = new ArrayList<>();
    double spent = epsilon(already, delta);
    for (int i = 1; i <= points; i++) {
      long at = Math.max(1, Math.round((double) rounds * i / points));
      if (!curve.isEmpty() && curve.get(curve.size() - 1).rounds() == at) {
        continue;
      }
      // What is spent never falls, also not in the last digit.
      spent = Math.max(spent, epsilon(already.plus(event, at), delta));
      curve.add(new ForecastPoint(at, spent));
    }
    return curve;
  }

  /** What one more round adds to epsilon, at least 0. */
  public double marginalEpsilon(double delta, PrivacyEvent event, Composition already)
      throws UnsupportedCompositionException {
    return Math.max(0, epsilon(already.plus(event, 1), delta) - epsilon(already, delta));
  }

  /**
   * Epsilon with a smaller cohort if the noise of the *average* is to stay the same: the noise
   * multiplier shrinks with the cohort, and so does the sampling rate of a sampled round.
   */
  public double epsilonWithCohort(
      double delta, PrivacyEvent event, long rounds, Adjacency adjacency, double cohortShare)
      throws UnsupportedCompositionException {
    if (!(cohortShare > 0 && cohortShare <= 1)) {
      throw Checks.invalid("cohort_share", cohortShare, "a number greater than 0 and at most 1");
    }
    if (!(event.mechanism() instanceof Mechanism.Gaussian gaussian)) {
      throw new UnsupportedCompositionException(
          "the cost of a smaller cohort is known for Gaussian noise");
    }
    Sampling sampling = event.sampling();
    if (sampling instanceof Sampling.Poisson poisson) {
      sampling = new Sampling.Poisson(poisson.rate() * cohortShare);
    } else if (sampling instanceof Sampling.WithoutReplacement without) {
      sampling = new Sampling.WithoutReplacement(without.rate() * cohortShare);
    } else if (sampling instanceof Sampling.TruncatedPoisson truncated) {
      sampling =
          new Sampling.TruncatedPoisson(
              truncated.rate() * cohortShare,
              truncated.population(),
              Math.max(1, (long) Math.ceil(truncated.maxCohort() * cohortShare)));
    }
    PrivacyEvent smaller =
        new PrivacyEvent(
            new Mechanism.Gaussian(gaussian.noiseMultiplier() * cohortShare), sampling);
    return epsilon(Composition.of(smaller, rounds, adjacency), delta);
  }
}
