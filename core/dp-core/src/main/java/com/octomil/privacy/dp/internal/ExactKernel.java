package com.octomil.privacy.dp.internal;

import java.math.BigInteger;

/** Comparison of a lazy height with C exp(-x^2/2) in integer interval arithmetic. */
final class ExactKernel {
  private ExactKernel() {}

  /**
   * Compares height h in [height, height+1) 2^-yBits with C exp(-x^2/2) 2^block / H for every x in
   * [position, position+1) 2^-xBits, where H is the column's envelope height.
   *
   * @return -1 if certainly below, +1 if certainly above, 0 if the bits do not decide yet
   */
  static int compare(
      BigInteger height,
      int yBits,
      BigInteger position,
      int xBits,
      StripTable table,
      int column,
      int block) {
    int precision = xBits + 64;
    BigInteger c = new java.math.BigDecimal(table.scale).toBigIntegerExact();
    BigInteger envelope = BigInteger.valueOf(table.heights[column]);
    // h H 2^-block < C e  <=>  h H 2^(precision) < C E 2^(yBits+block), E = e 2^precision.
    BigInteger below = expLower(position.add(BigInteger.ONE), xBits, precision);
    BigInteger above = expUpper(position, xBits, precision);
    BigInteger left = height.multiply(envelope).shiftLeft(precision);
    BigInteger leftEnd = height.add(BigInteger.ONE).multiply(envelope).shiftLeft(precision);
    if (leftEnd.compareTo(c.multiply(below).shiftLeft(yBits + block)) <= 0) {
      return -1;
    }
    if (left.compareTo(c.multiply(above).shiftLeft(yBits + block)) >= 0) {
      return 1;
    }
    return 0;
  }

  /** floor-side bound of exp(-x^2/2) 2^precision at x = position 2^-xBits. */
  static BigInteger expLower(BigInteger position, int xBits, int precision) {
    return exp(position, xBits, precision).subtract(BigInteger.ONE).max(BigInteger.ZERO);
  }

  /** Ceiling-side bound of exp(-x^2/2) 2^precision at x = position 2^-xBits. */
  static BigInteger expUpper(BigInteger position, int xBits, int precision) {
    return exp(position, xBits, precision).add(BigInteger.ONE);
  }

  private static BigInteger exp(BigInteger position, int xBits, int precision) {
    return FixedPoint.exp(position.multiply(position), 2 * xBits + 1, precision);
  }
}
