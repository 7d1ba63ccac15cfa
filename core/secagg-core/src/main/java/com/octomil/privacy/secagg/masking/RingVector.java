package com.octomil.privacy.secagg.masking;

import com.octomil.privacy.secagg.RingWidth;

/**
 * Vectors of integers modulo 2^b, held as ints in [0, 2^b) (as unsigned ints for b = 32).
 * Thread-safe.
 */
public final class RingVector {
  private RingVector() {}

  /** {@code sum += vector} modulo 2^bits; both have the same length. */
  public static void addInto(int[] sum, int[] vector, int bits) {
    if (sum.length != vector.length) {
      throw new IllegalArgumentException(
          "vector has " + vector.length + " coordinates; the sum has " + sum.length);
    }
    int mask = RingWidth.mask(bits);
    for (int i = 0; i < sum.length; i++) {
      sum[i] = (sum[i] + vector[i]) & mask;
    }
  }

  /** Reduces signed coordinates into [0, 2^bits) in place. */
  public static void reduce(int[] vector, int bits) {
    int mask = RingWidth.mask(bits);
    for (int i = 0; i < vector.length; i++) {
      vector[i] &= mask;
    }
  }

  /** The representative in [-2^(bits-1), 2^(bits-1)) of each coordinate. */
  public static long[] toSigned(int[] sum, int bits) {
    RingWidth.mask(bits);
    int unused = Long.SIZE - bits;
    long[] signed = new long[sum.length];
    for (int i = 0; i < sum.length; i++) {
      signed[i] = (long) sum[i] << unused >> unused;
    }
    return signed;
  }
}
