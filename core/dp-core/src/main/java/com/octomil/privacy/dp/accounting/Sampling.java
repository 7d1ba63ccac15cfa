package com.octomil.privacy.dp.accounting;

import com.octomil.privacy.dp.internal.Binomial;
import com.octomil.privacy.dp.internal.Checks;

/**
 * Which devices a round looks at. Only samplers that the coordinator really runs, with randomness
 * that the observer does not see, amplify privacy; "whoever was online" is {@link None}.
 */
public sealed interface Sampling {
  /** Every device may take part. */
  record None() implements Sampling {}

  /** Every device independently with the same probability. */
  record Poisson(double rate) implements Sampling {
    public Poisson {
      requireRate(rate);
    }
  }

  /**
   * Poisson sampling whose cohort is cut at random to a maximum.
   *
   * @param rate probability of each device
   * @param population devices that may be drawn
   * @param maxCohort largest cohort
   */
  record TruncatedPoisson(double rate, long population, long maxCohort) implements Sampling {
    public TruncatedPoisson {
      requireRate(rate);
      Checks.within("population", population, 1, 1L << 40);
      Checks.within("max_cohort", maxCohort, 1, population);
    }

    /** Probability, rounded up, that the devices other than a given one fill the cohort. */
    double fullWithoutOne() {
      return Binomial.atLeast(population - 1, rate, maxCohort);
    }

    /** Probability, rounded up, that a given device displaces another if the others fill it. */
    double displacementRate() {
      double more = Binomial.atLeast(population, rate, maxCohort + 1);
      double mean = more / fullWithoutOne() * (1 + 3e-9) * maxCohort / population;
      return Math.min(mean, rate * maxCohort / (maxCohort + 1.0));
    }
  }

  /** A uniformly random cohort of fixed size. */
  record WithoutReplacement(double rate) implements Sampling {
    public WithoutReplacement {
      requireRate(rate);
    }

    /** A cohort of {@code cohort} out of {@code population}. */
    public static WithoutReplacement of(long cohort, long population) {
      Checks.within("population", population, 1, 1L << 53);
      Checks.within("cohort", cohort, 1, population);
      return new WithoutReplacement((double) cohort / population);
    }
  }

  /** Stable short name. */
  default String id() {
    if (this instanceof Poisson) {
      return "poisson";
    }
    if (this instanceof TruncatedPoisson) {
      return "truncated_poisson";
    }
    return this instanceof WithoutReplacement ? "without_replacement" : "none";
  }

  private static void requireRate(double rate) {
    if (!(rate > 0 && rate <= 1)) {
      throw Checks.invalid("sampling_rate", rate, "a number greater than 0 and at most 1");
    }
  }
}
