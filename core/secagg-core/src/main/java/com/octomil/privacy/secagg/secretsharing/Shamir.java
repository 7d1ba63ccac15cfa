package com.octomil.privacy.secagg.secretsharing;

import com.octomil.privacy.secagg.internal.Checks;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;

/**
 * Shamir secret sharing of 32-byte secrets over the prime field of order 2^61 - 1 (Shamir, "How to
 * share a secret", CACM 1979). The secret is five field elements, each shared by its own polynomial
 * of degree {@code threshold - 1}; fewer than {@code threshold} shares say nothing about it. A
 * prime of that size carries neighbourhoods of any size. Thread-safe.
 */
public final class Shamir {
  /** Length of one share: five elements of eight bytes, little-endian. */
  public static final int SHARE_BYTES = 40;

  /** Length of a secret. */
  public static final int SECRET_BYTES = Limbs.SECRET_BYTES;

  private Shamir() {}

  /**
   * Splits a secret. The time depends on the threshold and the number of shares only.
   *
   * @param secret 32 bytes
   * @param threshold shares needed to rebuild it, 1 to the number of shares
   * @param xs evaluation points, distinct and positive: roster index + 1 of each holder
   * @param random source of the polynomials' coefficients
   * @return shares in the order of {@code xs}
   */
  public static byte[][] split(byte[] secret, int threshold, int[] xs, SecureRandom random) {
    Checks.length("secret", secret, SECRET_BYTES);
    Checks.range("threshold", threshold, 1, xs.length);
    Set<Integer> distinct = new HashSet<>();
    for (int x : xs) {
      Checks.range("evaluation point", x, 1, Integer.MAX_VALUE);
      if (!distinct.add(x)) {
        throw new IllegalArgumentException(
            "evaluation point " + x + " occurs twice; all must differ");
      }
    }
    long[] secretLimbs = Limbs.fromSecret(secret);
    long[][] coefficients = new long[threshold][Limbs.COUNT];
    coefficients[0] = secretLimbs;
    for (int degree = 1; degree < threshold; degree++) {
      for (int limb = 0; limb < Limbs.COUNT; limb++) {
        coefficients[degree][limb] = Field61.random(random);
      }
    }
    byte[][] shares = evaluate(coefficients, xs);
    for (long[] row : coefficients) {
      Arrays.fill(row, 0);
    }
    return shares;
  }

  /** Whether these bytes can be a share at all: of the right length, every element in the field. */
  public static boolean isWellFormed(byte[] share) {
    long[] elements = Limbs.fromShare(share);
    if (elements == null) {
      return false;
    }
    Arrays.fill(elements, 0);
    return true;
  }

  /** Evaluates all limbs' polynomials, {@code coefficients[degree][limb]}, at every point. */
  static byte[][] evaluate(long[][] coefficients, int[] xs) {
    byte[][] shares = new byte[xs.length][];
    long[] value = new long[Limbs.COUNT];
    for (int i = 0; i < xs.length; i++) {
      Arrays.fill(value, 0);
      for (int degree = coefficients.length - 1; degree >= 0; degree--) {
        for (int limb = 0; limb < Limbs.COUNT; limb++) {
          value[limb] =
              Field61.add(Field61.multiply(value[limb], xs[i]), coefficients[degree][limb]);
        }
      }
      shares[i] = Limbs.toShare(value);
    }
    Arrays.fill(value, 0);
    return shares;
  }
}
