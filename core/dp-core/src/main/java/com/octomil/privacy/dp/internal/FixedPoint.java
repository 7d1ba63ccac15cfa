package com.octomil.privacy.dp.internal;

import java.math.BigInteger;

/** Elementary functions on binary fractions of any precision, with stated error bounds. */
final class FixedPoint {
  private FixedPoint() {}

  /**
   * exp(-t) 2^precision with error below one unit, for t = value 2^-bits of at least 0: t is halved
   * until it is below 2^-8, the Taylor series is summed with guard bits and the result squared
   * back.
   */
  static BigInteger exp(BigInteger value, int bits, int precision) {
    int magnitude = Math.max(0, value.bitLength() - bits + 1);
    int halvings = magnitude + 8;
    // Each squaring doubles the relative error; 48 bits cover the series' own truncations.
    int guard = halvings + 48;
    int working = precision + guard;
    int shift = bits + halvings - working;
    BigInteger t = shift >= 0 ? value.shiftRight(shift) : value.shiftLeft(-shift);
    BigInteger sum = BigInteger.ONE.shiftLeft(working);
    BigInteger term = sum;
    for (int n = 1; term.signum() != 0; n++) {
      term = term.multiply(t).shiftRight(working).divide(BigInteger.valueOf(n));
      sum = (n & 1) == 1 ? sum.subtract(term) : sum.add(term);
    }
    for (int i = 0; i < halvings; i++) {
      sum = sum.multiply(sum).shiftRight(working);
    }
    return sum.shiftRight(guard);
  }

  /**
   * log(a/b) 2^precision for positive a and b, by 2 artanh((a-b)/(a+b)). The error is below two
   * units for each term of the series; it has at most precision of them if a/b is in [1/2, 2].
   */
  static BigInteger log(BigInteger a, BigInteger b, int precision) {
    BigInteger difference = a.subtract(b);
    BigInteger z = difference.abs().shiftLeft(precision + 1).divide(a.add(b));
    BigInteger square = z.multiply(z).shiftRight(precision + 2);
    BigInteger sum = BigInteger.ZERO;
    for (int odd = 1; z.signum() != 0; odd += 2) {
      sum = sum.add(z.divide(BigInteger.valueOf(odd)));
      z = z.multiply(square).shiftRight(precision);
    }
    return difference.signum() < 0 ? sum.negate() : sum;
  }

  /**
   * The tail log n! - ((n + 1/2) log n - n + log(2 pi)/2) of Stirling's series times 2^precision.
   * The series envelops its sum, so the error is below its first omitted term plus one unit for
   * each term summed; terms are summed until that term is below one unit.
   *
   * @param n at least 2^17, where 1 + precision/20 terms are enough for any sensible precision
   */
  static BigInteger stirlingTail(BigInteger n, int precision) {
    int terms = 2 + precision / 20;
    BigInteger[] tangents = tangentNumbers(terms);
    BigInteger square = n.multiply(n);
    BigInteger power = n;
    BigInteger sum = BigInteger.ZERO;
    for (int j = 1; j <= terms; j++) {
      // B_2j / (2j (2j-1) n^(2j-1)) with B_2j = (-1)^(j-1) 2j T_j / (4^j (4^j - 1)).
      BigInteger four = BigInteger.ONE.shiftLeft(2 * j);
      BigInteger divisor =
          four.multiply(four.subtract(BigInteger.ONE))
              .multiply(BigInteger.valueOf(2L * j - 1))
              .multiply(power);
      BigInteger term = tangents[j].shiftLeft(precision).divide(divisor);
      if (term.signum() == 0) {
        return sum;
      }
      sum = (j & 1) == 1 ? sum.add(term) : sum.subtract(term);
      power = power.multiply(square);
    }
    throw new ArithmeticException("Stirling's series at " + n + " gives less than " + precision);
  }

  /** Tangent numbers T_1 to T_count (Brent and Harvey 2011, Algorithm 2). */
  private static BigInteger[] tangentNumbers(int count) {
    BigInteger[] t = new BigInteger[count + 1];
    t[0] = BigInteger.ZERO;
    t[1] = BigInteger.ONE;
    for (int k = 2; k <= count; k++) {
      t[k] = t[k - 1].multiply(BigInteger.valueOf(k - 1L));
    }
    for (int k = 2; k <= count; k++) {
      for (int j = k; j <= count; j++) {
        t[j] =
            t[j - 1]
                .multiply(BigInteger.valueOf(j - k))
                .add(t[j].multiply(BigInteger.valueOf(j - k + 2L)));
      }
    }
    return t;
  }
}
