package com.octomil.privacy.secagg.secretsharing;

import java.security.SecureRandom;

/**
 * The prime field of order p = 2^61 - 1. Elements are longs in [0, p). Addition, subtraction and
 * multiplication take the same time for all values: no branches and no table look-ups on operands.
 */
final class Field61 {
  static final long P = (1L << 61) - 1;

  private Field61() {}

  static long add(long a, long b) {
    return reduceOnce(a + b);
  }

  static long subtract(long a, long b) {
    return reduceOnce(a + P - b);
  }

  static long multiply(long a, long b) {
    long high = Math.multiplyHigh(a, b);
    long low = a * b;
    // a * b = (high * 2^3 + low / 2^61) * 2^61 + low mod 2^61, and 2^61 = 1 (mod p).
    return reduceOnce((low & P) + (high << 3 | low >>> 61));
  }

  /**
   * a^(p-2); for public operands only in the sense that the exponent is public, the time does not
   * depend on a.
   */
  static long inverse(long a) {
    if (a == 0) {
      throw new ArithmeticException("zero has no inverse");
    }
    // p - 2 has 61 bits, all set but bit 1.
    long result = 1;
    for (int bit = 60; bit >= 0; bit--) {
      result = multiply(result, result);
      if (bit != 1) {
        result = multiply(result, a);
      }
    }
    return result;
  }

  /**
   * Inverts all elements with one inversion and three multiplications each (Montgomery's trick).
   */
  static long[] inverses(long[] elements) {
    long[] result = new long[elements.length];
    long product = 1;
    for (int i = 0; i < elements.length; i++) {
      result[i] = product;
      product = multiply(product, elements[i]);
    }
    long inverse = inverse(product);
    for (int i = elements.length - 1; i >= 0; i--) {
      result[i] = multiply(result[i], inverse);
      inverse = multiply(inverse, elements[i]);
    }
    return result;
  }

  /** Uniform element: 61 random bits, drawn again in the one case of 2^61 that is not below p. */
  static long random(SecureRandom random) {
    while (true) {
      long candidate = random.nextLong() & P;
      if (candidate != P) {
        return candidate;
      }
    }
  }

  static boolean isCanonical(long value) {
    return value >= 0 && value < P;
  }

  /** From [0, 2p) to [0, p). */
  private static long reduceOnce(long value) {
    long difference = value - P;
    return difference + (P & difference >> 63);
  }
}
