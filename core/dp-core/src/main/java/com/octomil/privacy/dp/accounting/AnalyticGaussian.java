package com.octomil.privacy.dp.accounting;

import com.octomil.privacy.dp.internal.Checks;
import com.octomil.privacy.dp.internal.Normal;

/**
 * The exact privacy curve of the Gaussian mechanism (Balle and Wang 2018, Theorem 8).
 *
 * <p>{@code mu} is sensitivity divided by the standard deviation of the noise. A sequence of
 * Gaussian releases, also one whose parameters are chosen adaptively, has exactly the curve of one
 * release with mu^2 equal to the sum of the squares ({@link GaussianComposition}).
 *
 * <p>Every answer is rounded against the spender, by a bound on the rounding errors made on the
 * way. Stateless and thread-safe.
 */
public final class AnalyticGaussian {
  private AnalyticGaussian() {}

  /**
   * Smallest epsilon at {@code delta}, rounded up.
   *
   * @param mu sensitivity over noise, at least 0; 0 means that nothing was released
   * @param delta in (0, 1)
   */
  public static double epsilon(double mu, double delta) {
    Checks.delta(delta);
    if (requireMu(mu) == 0 || deltaUpper(mu, 0) <= delta) {
      return 0;
    }
    double low = 0;
    double high = tailEpsilon(mu, delta);
    while (deltaUpper(mu, high) > delta) {
      high *= 1 + 1e-9;
    }
    while (true) {
      double middle = low + (high - low) / 2;
      if (middle <= low || middle >= high) {
        return high;
      }
      if (deltaUpper(mu, middle) <= delta) {
        high = middle;
      } else {
        low = middle;
      }
    }
  }

  /** Largest epsilon that is certainly not above the exact one at {@code delta}. */
  public static double epsilonLower(double mu, double delta) {
    Checks.delta(delta);
    if (requireMu(mu) == 0 || deltaLower(mu, 0) <= delta) {
      return 0;
    }
    double low = 0;
    double high = tailEpsilon(mu, delta);
    while (true) {
      double middle = low + (high - low) / 2;
      if (middle <= low || middle >= high) {
        return low;
      }
      if (deltaLower(mu, middle) > delta) {
        low = middle;
      } else {
        high = middle;
      }
    }
  }

  /**
   * Smallest delta at {@code epsilon}, rounded up.
   *
   * @param mu sensitivity over noise, at least 0
   * @param epsilon at least 0
   */
  public static double delta(double mu, double epsilon) {
    Checks.epsilon(epsilon);
    return requireMu(mu) == 0 ? 0 : deltaUpper(mu, epsilon);
  }

  /** Largest mu whose epsilon at {@code delta} is at most {@code epsilon}, rounded down. */
  public static double mu(double epsilon, double delta) {
    Checks.epsilon(epsilon);
    Checks.delta(delta);
    double low = 0;
    double high = 1;
    while (deltaUpper(high, epsilon) <= delta) {
      low = high;
      high *= 2;
    }
    while (true) {
      double middle = low + (high - low) / 2;
      if (middle <= low || middle >= high) {
        break;
      }
      if (deltaUpper(middle, epsilon) <= delta) {
        low = middle;
      } else {
        high = middle;
      }
    }
    // Rounding noise in the last bits must not make epsilon(mu(epsilon)) exceed epsilon.
    for (double step = Math.ulp(low); epsilon(low, delta) > epsilon; step *= 2) {
      low = Math.max(0, low - step);
    }
    return low;
  }

  private static double tailEpsilon(double mu, double delta) {
    return 0.5 * mu * mu + mu * Math.sqrt(-2 * Math.log(delta)) * (1 + 1e-12);
  }

  private static double deltaUpper(double mu, double epsilon) {
    return Math.min(1, bound(mu, epsilon, +1));
  }

  private static double deltaLower(double mu, double epsilon) {
    return Math.max(0, bound(mu, epsilon, -1));
  }

  /**
   * delta = Pr[Z > a] - e^epsilon Pr[Z > b] with a = epsilon/mu - mu/2 and b = epsilon/mu + mu/2.
   * Since b^2 - a^2 = 2 epsilon, it is density(a) (mills(a) - mills(b)), which neither overflows
   * nor loses the tail. {@code sign} +1 gives an upper, -1 a lower bound.
   */
  private static double bound(double mu, double epsilon, int sign) {
    double center = epsilon / mu;
    double a = center - 0.5 * mu;
    double b = center + 0.5 * mu;
    if (Double.isInfinite(b)) {
      return sign > 0 ? Double.MIN_NORMAL : 0;
    }
    // a and b are off by at most two roundings of |epsilon/mu| + mu; Mills' ratio falls at less
    // than
    // its own size per unit of x >= 0, the density at rate |x|.
    double shift = 4 * Normal.U * (center + mu);
    double mills = Normal.RELATIVE_ERROR + shift;
    double density =
        Normal.density(a) * (1 + sign * (Normal.RELATIVE_ERROR + 2 * shift * (1 + Math.abs(a))));
    double second = Normal.mills(b) * (1 - sign * mills);
    double result =
        a >= 0
            ? density * (Normal.mills(a) * (1 + sign * mills) - second)
            : Normal.upperTail(a) * (1 + sign * (Normal.RELATIVE_ERROR + shift))
                - Normal.density(a)
                    * (1 - sign * (Normal.RELATIVE_ERROR + 2 * shift * (1 + Math.abs(a))))
                    * second;
    return result * (1 + sign * 4 * Normal.U) + sign * Double.MIN_NORMAL;
  }

  private static double requireMu(double mu) {
    return Checks.within("mu", mu, 0, 1e100);
  }
}
