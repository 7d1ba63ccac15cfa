package com.octomil.privacy.dp.internal;

import org.apache.commons.numbers.gamma.Erfc;
import org.apache.commons.numbers.gamma.Erfcx;

/**
 * The standard normal distribution with small *relative* error, also far in the tails.
 *
 * <p>{@link #RELATIVE_ERROR} bounds the relative error of every function here against the exact
 * value at the given double; the tests compare with 60-digit references.
 */
public final class Normal {
  /** Unit round-off of a double. */
  public static final double U = 0x1p-53;

  /** Bound of the relative error of the functions of this class (results above 1e-300). */
  public static final double RELATIVE_ERROR = 24 * U;

  private static final double SQRT_HALF = Math.sqrt(0.5);
  private static final double SQRT_HALF_PI = 1.2533141373155002512;
  private static final double INV_SQRT_2PI = 0.39894228040143267794;

  private Normal() {}

  /** exp(-x^2/2); the square is carried in two doubles, so the error does not grow with x. */
  public static double kernel(double x) {
    double square = x * x;
    double rest = Math.fma(x, x, -square);
    return Math.exp(-0.5 * square) * (1 - 0.5 * rest);
  }

  /** Density of N(0,1). */
  public static double density(double x) {
    return INV_SQRT_2PI * kernel(x);
  }

  /** Mills' ratio Pr[Z > x] / density(x), for x >= -1 (further left its error grows with x^2). */
  public static double mills(double x) {
    return SQRT_HALF_PI * Erfcx.value(x * SQRT_HALF);
  }

  /** Pr[Z > x]. */
  public static double upperTail(double x) {
    return x > 0 ? density(x) * mills(x) : 0.5 * Erfc.value(x * SQRT_HALF);
  }
}
