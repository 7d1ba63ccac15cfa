package com.octomil.privacy.secagg.internal;

/**
 * Logarithms of tail probabilities of the hypergeometric and the binomial distribution. Single
 * probabilities come from the saddle-point form (Loader, "Fast and accurate computation of binomial
 * probabilities", 2000), which does not lose digits for large populations; tails are summed by
 * their ratio recurrence.
 */
public final class DiscreteTails {
  private static final double LOG_2_PI = Math.log(2 * Math.PI);
  private static final double[] SMALL_STIRLING_ERRORS = smallStirlingErrors();

  private DiscreteTails() {}

  /** log Pr[HG > x] for {@code draws} out of {@code population} with {@code marked} marked. */
  public static double logHypergeometricAbove(int population, int marked, int draws, int x) {
    int lowest = Math.max(0, draws - (population - marked));
    int highest = Math.min(marked, draws);
    if (x >= highest) {
      return Double.NEGATIVE_INFINITY;
    }
    int start = Math.max(x + 1, lowest);
    double term = 1;
    double sum = 1;
    for (long i = start; i < highest; i++) {
      term *=
          (double) ((marked - i) * (draws - i))
              / (double) ((i + 1) * (population - marked - draws + i + 1));
      sum += term;
      if (term < sum * 0x1p-60) {
        break;
      }
    }
    return logHypergeometric(population, marked, draws, start) + Math.log(sum);
  }

  /** log Pr[HG <= x]. */
  public static double logHypergeometricAtMost(int population, int marked, int draws, int x) {
    // Unmarked draws are hypergeometric too: at most x marked means at least draws - x unmarked.
    return logHypergeometricAbove(population, population - marked, draws, draws - x - 1);
  }

  /** log Pr[Bin(trials, p) < x]. */
  public static double logBinomialBelow(int trials, double p, int x) {
    if (x <= 0) {
      return Double.NEGATIVE_INFINITY;
    }
    if (x > trials) {
      return 0;
    }
    if (p >= 1) {
      return Double.NEGATIVE_INFINITY;
    }
    if (x - 1 > trials * p) {
      // The larger side: one minus the upper tail.
      return Math.log1p(-Math.exp(logBinomialAtLeast(trials, p, x)));
    }
    double term = 1;
    double sum = 1;
    for (long i = x - 1L; i > 0; i--) {
      term *= i * (1 - p) / ((trials - i + 1) * p);
      sum += term;
      if (term < sum * 0x1p-60) {
        break;
      }
    }
    return logBinomial(x - 1, trials, p, 1 - p) + Math.log(sum);
  }

  private static double logBinomialAtLeast(int trials, double p, int x) {
    double term = 1;
    double sum = 1;
    for (long i = x; i < trials; i++) {
      term *= (trials - i) * p / ((i + 1) * (1 - p));
      sum += term;
      if (term < sum * 0x1p-60) {
        break;
      }
    }
    return Math.min(0, logBinomial(x, trials, p, 1 - p) + Math.log(sum));
  }

  private static double logHypergeometric(int population, int marked, int draws, int x) {
    if (draws == population || marked == population || marked == 0 || draws == 0) {
      return 0;
    }
    double p = (double) draws / population;
    double q = (double) (population - draws) / population;
    return logBinomial(x, marked, p, q)
        + logBinomial(draws - x, population - marked, p, q)
        - logBinomial(draws, population, p, q);
  }

  private static double logBinomial(int x, int trials, double p, double q) {
    if (x == 0 || x == trials) {
      return trials == 0 ? 0 : trials * Math.log(x == 0 ? q : p);
    }
    return stirlingError(trials)
        - stirlingError(x)
        - stirlingError(trials - x)
        - deviance(x, trials * p)
        - deviance(trials - x, trials * q)
        + 0.5 * (Math.log((double) trials / x) - Math.log((double) (trials - x)) - LOG_2_PI);
  }

  /** x log(x / mean) + mean - x without cancellation near the mean. */
  private static double deviance(double x, double mean) {
    double difference = x - mean;
    if (Math.abs(difference) >= 0.1 * (x + mean)) {
      return x * Math.log(x / mean) - difference;
    }
    double v = difference / (x + mean);
    double sum = difference * v;
    double term = 2 * x * v;
    for (int j = 3; ; j += 2) {
      term *= v * v;
      double next = sum + term / j;
      if (next == sum) {
        return next;
      }
      sum = next;
    }
  }

  /** log(n!) - log(sqrt(2 pi n) (n / e)^n). */
  private static double stirlingError(int n) {
    if (n < SMALL_STIRLING_ERRORS.length) {
      return SMALL_STIRLING_ERRORS[n];
    }
    double nn = (double) n * n;
    return (1.0 / 12 - (1.0 / 360 - (1.0 / 1260 - (1.0 / 1680 - 1.0 / 1188 / nn) / nn) / nn) / nn)
        / n;
  }

  private static double[] smallStirlingErrors() {
    double[] errors = new double[16];
    double logFactorial = 0;
    for (int n = 1; n < errors.length; n++) {
      logFactorial += Math.log(n);
      errors[n] = logFactorial - (n + 0.5) * Math.log(n) + n - 0.5 * LOG_2_PI;
    }
    return errors;
  }
}
