package com.octomil.privacy.secagg.secretsharing;

import java.security.SecureRandom;

/** Shares from known polynomials, for test vectors. */
public final class ShamirFixture {
  private ShamirFixture() {}

  /** Coefficients of degree 0 (the secret) to threshold - 1, five limbs each. */
  public static long[][] polynomials(byte[] secret, int threshold, SecureRandom random) {
    long[][] coefficients = new long[threshold][Limbs.COUNT];
    coefficients[0] = Limbs.fromSecret(secret);
    for (int degree = 1; degree < threshold; degree++) {
      for (int limb = 0; limb < Limbs.COUNT; limb++) {
        coefficients[degree][limb] = Field61.random(random);
      }
    }
    return coefficients;
  }

  public static byte[][] evaluate(long[][] coefficients, int[] xs) {
    return Shamir.evaluate(coefficients, xs);
  }

  /** Five elements as they stand on the wire. */
  public static byte[] encode(long[] elements) {
    return Limbs.toShare(elements);
  }
}
