package com.octomil.privacy.secagg.secretsharing;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Interpolation and Reed-Solomon decoding over {@link Field61}. Polynomials are coefficient arrays,
 * lowest first.
 */
final class Polynomials {
  private Polynomials() {}

  static long evaluate(long[] polynomial, long x) {
    long value = 0;
    for (int i = polynomial.length - 1; i >= 0; i--) {
      value = Field61.add(Field61.multiply(value, x), polynomial[i]);
    }
    return value;
  }

  /**
   * Weights w with f(0) = sum of w[i] f(xs[i]) for every polynomial f of lower degree than there
   * are points.
   */
  static long[] lagrangeAtZero(long[] xs) {
    long[] denominators = barycentricDenominators(xs);
    long product = 1;
    for (int i = 0; i < xs.length; i++) {
      // f(0) = prod_j(-x_j) * sum_i f(x_i) / ((-x_i) * prod_{j != i}(x_i - x_j))
      product = Field61.multiply(product, Field61.subtract(0, xs[i]));
      denominators[i] = Field61.multiply(denominators[i], Field61.subtract(0, xs[i]));
    }
    long[] weights = Field61.inverses(denominators);
    for (int i = 0; i < xs.length; i++) {
      weights[i] = Field61.multiply(weights[i], product);
    }
    return weights;
  }

  /** prod_{j != i} (xs[i] - xs[j]) for every i. */
  static long[] barycentricDenominators(long[] xs) {
    long[] denominators = new long[xs.length];
    for (int i = 0; i < xs.length; i++) {
      long product = 1;
      for (int j = 0; j < xs.length; j++) {
        if (j != i) {
          product = Field61.multiply(product, Field61.subtract(xs[i], xs[j]));
        }
      }
      denominators[i] = product;
    }
    return denominators;
  }

  /** prod_i (X - xs[i]). */
  static long[] fromRoots(long[] xs) {
    long[] polynomial = new long[xs.length + 1];
    polynomial[0] = 1;
    for (int n = 0; n < xs.length; n++) {
      for (int i = n + 1; i > 0; i--) {
        polynomial[i] = Field61.subtract(polynomial[i - 1], Field61.multiply(polynomial[i], xs[n]));
      }
      polynomial[0] = Field61.subtract(0, Field61.multiply(polynomial[0], xs[n]));
    }
    return polynomial;
  }

  /** The polynomial of degree below the number of points through all of them. */
  static long[] interpolate(long[] xs, long[] ys) {
    long[] master = fromRoots(xs);
    long[] inverses = Field61.inverses(barycentricDenominators(xs));
    long[] result = new long[xs.length];
    for (int i = 0; i < xs.length; i++) {
      long scale = Field61.multiply(ys[i], inverses[i]);
      // Synthetic division of the master polynomial by (X - xs[i]).
      long carry = 0;
      for (int degree = xs.length; degree > 0; degree--) {
        carry = Field61.add(master[degree], Field61.multiply(carry, xs[i]));
        result[degree - 1] = Field61.add(result[degree - 1], Field61.multiply(scale, carry));
      }
    }
    return result;
  }

  /**
   * The polynomial of degree below {@code dimension} that agrees with all but at most (points -
   * dimension) / 2 points, or null if there is none (Gao, "A new algorithm for decoding
   * Reed-Solomon codes", 2003).
   */
  static long @Nullable [] decode(long[] xs, long[] ys, int dimension) {
    long[] r0 = fromRoots(xs);
    long[] r1 = interpolate(xs, ys);
    long[] v0 = {};
    long[] v1 = {1};
    // Stop at the first remainder of degree below (points + dimension) / 2.
    while (2 * degree(r1) >= xs.length + dimension) {
      Division division = divide(r0, r1);
      long[] v2 = subtract(v0, multiply(division.quotient(), v1));
      r0 = r1;
      r1 = division.remainder();
      v0 = v1;
      v1 = v2;
    }
    Division division = divide(r1, v1);
    boolean exact = degree(division.remainder()) < 0 && degree(division.quotient()) < dimension;
    return exact ? division.quotient() : null;
  }

  /** Degree, -1 for the zero polynomial. */
  static int degree(long[] polynomial) {
    int degree = polynomial.length - 1;
    while (degree >= 0 && polynomial[degree] == 0) {
      degree--;
    }
    return degree;
  }

  private static long[] multiply(long[] a, long[] b) {
    int degreeA = degree(a);
    int degreeB = degree(b);
    long[] product = new long[Math.max(0, degreeA + degreeB + 1)];
    if (degreeA >= 0 && degreeB >= 0) {
      for (int i = 0; i <= degreeA; i++) {
        for (int j = 0; j <= degreeB; j++) {
          product[i + j] = Field61.add(product[i + j], Field61.multiply(a[i], b[j]));
        }
      }
    }
    return product;
  }

  private static long[] subtract(long[] a, long[] b) {
    long[] result = Arrays.copyOf(a, Math.max(a.length, b.length));
    for (int i = 0; i < b.length; i++) {
      result[i] = Field61.subtract(result[i], b[i]);
    }
    return result;
  }

  private static Division divide(long[] dividend, long[] divisor) {
    int divisorDegree = degree(divisor);
    long[] remainder = dividend.clone();
    int top = degree(remainder);
    long[] quotient = new long[Math.max(0, top - divisorDegree + 1)];
    long inverse = Field61.inverse(divisor[divisorDegree]);
    for (int shift = top - divisorDegree; shift >= 0; shift--) {
      long factor = Field61.multiply(remainder[shift + divisorDegree], inverse);
      quotient[shift] = factor;
      for (int i = 0; i <= divisorDegree; i++) {
        remainder[shift + i] =
            Field61.subtract(remainder[shift + i], Field61.multiply(factor, divisor[i]));
      }
    }
    return new Division(quotient, remainder);
  }

  private record Division(long[] quotient, long[] remainder) {}
}
