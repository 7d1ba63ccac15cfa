package com.octomil.privacy.dp.internal;

/** Rényi divergences of subsampled Gaussian mechanisms with unit sensitivity. */
public final class SampledGaussianMoments {
  /** Orders above this are bounded at the next integer, where the moment is a finite sum. */
  private static final double LARGEST_QUADRATURE_ORDER = 64;

  /** Theorem 27 is used with its central moments up to this order. */
  private static final int CENTRAL_MOMENTS = 256;

  private SampledGaussianMoments() {}

  /**
   * Divergence of order {@code order} of (1-rate) N(0, sigma^2) + rate N(1, sigma^2) from N(0,
   * sigma^2), the larger of the two directions (Mironov, Talwar and Zhang 2019, Theorem 5).
   */
  public static double renyi(double rate, double sigma, double order) {
    if (rate == 1) {
      return order / (2 * sigma * sigma);
    }
    boolean integer = order == Math.rint(order);
    if (integer || order > LARGEST_QUADRATURE_ORDER) {
      long ceiling = (long) Math.ceil(order);
      // Divergences grow with the order, so the next integer is an upper bound.
      return logIntegerMoment(rate, sigma, ceiling) / (ceiling - 1);
    }
    return logMoment(rate, sigma, order) / (order - 1);
  }

  /**
   * Divergence of order {@code order} of (1-rate) N(0, sigma^2) + rate N(1, sigma^2) from (1-rate)
   * N(0, sigma^2) + rate N(-1, sigma^2): Poisson sampling when one device is replaced. The pair
   * dominates every replacement (see LossPair.SampledReplacement), hence in every Rényi divergence,
   * too, which is a mixture of hockey-stick divergences.
   */
  public static double renyiReplacement(double rate, double sigma, double order) {
    if (rate == 1) {
      return 2 * order / (sigma * sigma);
    }
    double variance = sigma * sigma;
    double used = order > LARGEST_QUADRATURE_ORDER ? Math.ceil(order) : order;
    // Positive and analytic for |Im x| < pi sigma^2, as in logMoment.
    double step = Math.min(sigma / 8, Math.PI * variance / 6);
    double from = -1 - 10 * sigma;
    double to = 2 * used + 10 * sigma;
    int points = (int) Math.ceil((to - from) / step);
    double[] exponents = new double[points + 1];
    double high = Double.NEGATIVE_INFINITY;
    for (int i = 0; i <= points; i++) {
      double x = from + i * step;
      exponents[i] =
          used * logWeight(rate, (x - 0.5) / variance)
              - (used - 1) * logWeight(rate, (-x - 0.5) / variance)
              - x * x / (2 * variance);
      high = Math.max(high, exponents[i]);
    }
    double sum = 0;
    for (double exponent : exponents) {
      sum += Math.exp(exponent - high);
    }
    double logMoment = high + Math.log(sum * step / (sigma * Math.sqrt(2 * Math.PI)));
    return Math.max(0, logMoment / (used - 1)) * (1 + 1e-12);
  }

  /** log(1 - rate + rate e^y). */
  private static double logWeight(double rate, double y) {
    return y > 700 ? y + Math.log(rate) : Math.log1p(rate * Math.expm1(y));
  }

  /** log sum_i C(n,i) (1-q)^(n-i) q^i e^(i(i-1)/2 sigma^2). */
  static double logIntegerMoment(double rate, double sigma, long order) {
    double logRate = Math.log(rate);
    double logRest = Math.log1p(-rate);
    double logBinomial = 0;
    double high = Double.NEGATIVE_INFINITY;
    double sum = 0;
    for (long i = 0; i <= order; i++) {
      double term =
          logBinomial
              + i * logRate
              + (order - i) * logRest
              + (double) i * (i - 1) / (2 * sigma * sigma);
      if (term > high) {
        sum = sum * Math.exp(high - term) + 1;
        high = term;
      } else {
        sum += Math.exp(term - high);
      }
      logBinomial += Math.log((double) (order - i) / (i + 1));
    }
    return high + Math.log(sum);
  }

  /**
   * log E[(1-q + q e^((2x-1)/2 sigma^2))^order] for x ~ N(0, sigma^2) by the trapezoidal rule: the
   * integrand is positive and analytic in the strip |Im x| < pi sigma^2, so the error falls like
   * exp(-2 pi width/step).
   */
  static double logMoment(double rate, double sigma, double order) {
    double variance = sigma * sigma;
    double step = Math.min(sigma / 8, Math.PI * variance / 6);
    double from = -10 * sigma;
    double to = order + 10 * sigma;
    int points = (int) Math.ceil((to - from) / step);
    double[] exponents = new double[points + 1];
    double high = Double.NEGATIVE_INFINITY;
    for (int i = 0; i <= points; i++) {
      double x = from + i * step;
      double y = (x - 0.5) / variance;
      exponents[i] = order * logWeight(rate, y) - x * x / (2 * variance);
      high = Math.max(high, exponents[i]);
    }
    double sum = 0;
    for (double exponent : exponents) {
      sum += Math.exp(exponent - high);
    }
    return high + Math.log(sum * step / (sigma * Math.sqrt(2 * Math.PI)));
  }

  /**
   * Theorem 27 of Wang, Balle and Kasiviswanathan 2019 for the Gaussian mechanism; {@code sigma} is
   * relative to the sensitivity to a replacement. Between integer orders the moment is
   * interpolated, which its convexity allows.
   */
  public static double renyiWithoutReplacement(double rate, double sigma, double order) {
    if (rate == 1) {
      return order / (2 * sigma * sigma);
    }
    long floor = (long) Math.floor(order);
    double low = floor <= 1 ? 0 : logMomentWithoutReplacement(rate, sigma, floor);
    if (order == floor) {
      return low / (order - 1);
    }
    double high = logMomentWithoutReplacement(rate, sigma, floor + 1);
    double t = order - floor;
    return ((1 - t) * low + t * high) / (order - 1);
  }

  private static double logMomentWithoutReplacement(double rate, double sigma, long order) {
    double variance = sigma * sigma;
    double logRate = Math.log(rate);
    double logBinomial = Math.log(order) + Math.log(0.5 * (order - 1));
    double second = 1 / variance;
    double high = 0;
    double sum = 1;
    boolean central = order <= CENTRAL_MOMENTS;
    double[] moments = new double[central ? (int) (order + 1) / 2 + 1 : 0];
    for (int i = 1; i < moments.length; i++) {
      moments[i] = logCentralMoment(sigma, 2L * i);
    }
    for (long j = 2; j <= order; j++) {
      double plain = Math.log(2) + (double) j * (j - 1) / (2 * variance);
      double term;
      if (j == 2) {
        term =
            Math.min(Math.log(4) + second + Math.log1p(-Math.exp(-second)), second + Math.log(2));
      } else if (central) {
        int half = (int) (j / 2);
        int other = (int) ((j + 1) / 2);
        term = Math.min(Math.log(4) + 0.5 * (moments[half] + moments[other]), plain);
      } else {
        term = plain;
      }
      term += j * logRate + logBinomial;
      if (term > high) {
        sum = sum * Math.exp(high - term) + 1;
        high = term;
      } else {
        sum += Math.exp(term - high);
      }
      logBinomial += Math.log((double) (order - j) / (j + 1));
    }
    return high + Math.log(sum);
  }

  /** log E[(e^y - 1)^power], power even, y the loss of the Gaussian mechanism, by quadrature. */
  private static double logCentralMoment(double sigma, long power) {
    double variance = sigma * sigma;
    double step = sigma / 8;
    double from = -12 * sigma;
    double to = power + 12 * sigma;
    int points = (int) Math.ceil((to - from) / step);
    double high = Double.NEGATIVE_INFINITY;
    double[] exponents = new double[points + 1];
    for (int i = 0; i <= points; i++) {
      double x = from + i * step;
      double y = (x - 0.5) / variance;
      double size = y > 30 ? y : Math.log(Math.abs(Math.expm1(y)) + Double.MIN_NORMAL);
      exponents[i] = power * size - x * x / (2 * variance);
      high = Math.max(high, exponents[i]);
    }
    double sum = 0;
    for (double exponent : exponents) {
      sum += Math.exp(exponent - high);
    }
    return high + Math.log(sum * step / (sigma * Math.sqrt(2 * Math.PI)));
  }
}
