package com.octomil.privacy.dp.mechanism;

import java.math.BigInteger;
import java.security.SecureRandom;

/**
 * Algorithms 1 to 3 of Canonne, Kamath and Steinke 2020, word for word in integer arithmetic: slow,
 * and independent of everything in this module. For integer sigma^2.
 */
final class PaperDiscreteGaussian {
  private final SecureRandom random;
  private final long variance;
  private final long t;

  PaperDiscreteGaussian(SecureRandom random, long variance) {
    this.random = random;
    this.variance = variance;
    this.t = (long) Math.sqrt((double) variance) + 1;
  }

  long sample() {
    while (true) {
      long y = discreteLaplace();
      // exp(-(|y| - sigma^2/t)^2 / (2 sigma^2)) = exp(-(|y| t - sigma^2)^2 / (2 sigma^2 t^2)).
      long root = Math.abs(y) * t - variance;
      BigInteger numerator = BigInteger.valueOf(root).pow(2);
      BigInteger denominator = BigInteger.valueOf(2 * variance * t * t);
      if (bernoulliExp(numerator, denominator)) {
        return y;
      }
    }
  }

  /** Algorithm 2 with scale t. */
  private long discreteLaplace() {
    while (true) {
      BigInteger u = uniform(BigInteger.valueOf(t));
      if (!bernoulliExp(u, BigInteger.valueOf(t))) {
        continue;
      }
      long v = 0;
      while (bernoulliExp(BigInteger.ONE, BigInteger.ONE)) {
        v++;
      }
      long magnitude = u.longValueExact() + t * v;
      boolean negative = random.nextBoolean();
      if (!(negative && magnitude == 0)) {
        return negative ? -magnitude : magnitude;
      }
    }
  }

  /** Algorithm 1: true with probability exp(-numerator/denominator). */
  private boolean bernoulliExp(BigInteger numerator, BigInteger denominator) {
    BigInteger left = numerator;
    while (left.compareTo(denominator) > 0) {
      if (!bernoulliExpBelowOne(denominator, denominator)) {
        return false;
      }
      left = left.subtract(denominator);
    }
    return bernoulliExpBelowOne(left, denominator);
  }

  private boolean bernoulliExpBelowOne(BigInteger numerator, BigInteger denominator) {
    long k = 1;
    while (uniform(denominator.multiply(BigInteger.valueOf(k))).compareTo(numerator) < 0) {
      k++;
    }
    return (k & 1) == 1;
  }

  private BigInteger uniform(BigInteger bound) {
    while (true) {
      BigInteger drawn = new BigInteger(bound.bitLength(), random);
      if (drawn.compareTo(bound) < 0) {
        return drawn;
      }
    }
  }
}
