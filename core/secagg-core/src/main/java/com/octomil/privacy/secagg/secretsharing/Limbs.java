package com.octomil.privacy.secagg.secretsharing;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * Secrets and shares as field elements. A 32-byte secret is a little-endian integer, cut from its
 * low end into four limbs of 60 bits and one of 16; a share is five elements of 64 bits,
 * little-endian.
 */
final class Limbs {
  static final int COUNT = 5;
  static final int SECRET_BYTES = 32;

  private static final int LIMB_BITS = 60;
  private static final long LIMB_MASK = (1L << LIMB_BITS) - 1;
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private Limbs() {}

  static long[] fromSecret(byte[] secret) {
    long w0 = (long) LONG.get(secret, 0);
    long w1 = (long) LONG.get(secret, 8);
    long w2 = (long) LONG.get(secret, 16);
    long w3 = (long) LONG.get(secret, 24);
    return new long[] {
      w0 & LIMB_MASK,
      (w0 >>> 60 | w1 << 4) & LIMB_MASK,
      (w1 >>> 56 | w2 << 8) & LIMB_MASK,
      (w2 >>> 52 | w3 << 12) & LIMB_MASK,
      w3 >>> 48
    };
  }

  /** The secret, or null if the limbs are not those of any secret. */
  static byte @Nullable [] toSecret(long[] limbs) {
    long excess = (limbs[0] | limbs[1] | limbs[2] | limbs[3]) >>> LIMB_BITS | limbs[4] >>> 16;
    if (excess != 0) {
      return null;
    }
    byte[] secret = new byte[SECRET_BYTES];
    LONG.set(secret, 0, limbs[0] | limbs[1] << 60);
    LONG.set(secret, 8, limbs[1] >>> 4 | limbs[2] << 56);
    LONG.set(secret, 16, limbs[2] >>> 8 | limbs[3] << 52);
    LONG.set(secret, 24, limbs[3] >>> 12 | limbs[4] << 48);
    return secret;
  }

  static byte[] toShare(long[] elements) {
    byte[] share = new byte[Shamir.SHARE_BYTES];
    for (int i = 0; i < COUNT; i++) {
      LONG.set(share, i * Long.BYTES, elements[i]);
    }
    return share;
  }

  /**
   * The elements of a share, or null if it has the wrong length or an element that is not below p.
   */
  static long @Nullable [] fromShare(byte[] share) {
    if (share.length != Shamir.SHARE_BYTES) {
      return null;
    }
    long[] elements = new long[COUNT];
    for (int i = 0; i < COUNT; i++) {
      elements[i] = (long) LONG.get(share, i * Long.BYTES);
      if (!Field61.isCanonical(elements[i])) {
        return null;
      }
    }
    return elements;
  }
}
