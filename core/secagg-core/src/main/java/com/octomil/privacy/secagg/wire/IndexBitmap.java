package com.octomil.privacy.secagg.wire;

import com.octomil.privacy.secagg.internal.Checks;
import java.util.BitSet;
import java.util.Collection;

/**
 * A set of roster indices: {@code ceil(size / 8)} bytes, index i is bit {@code i mod 8} of byte
 * {@code i / 8}, unused bits are zero. So a set has exactly one encoding. Thread-safe.
 */
public final class IndexBitmap {
  private IndexBitmap() {}

  /** Encodes indices between 0 and {@code size - 1}. */
  public static byte[] of(int size, Collection<Integer> indices) {
    byte[] bitmap = new byte[bytes(size)];
    for (int index : indices) {
      Checks.range("index", index, 0, size - 1);
      bitmap[index >> 3] |= (byte) (1 << (index & 7));
    }
    return bitmap;
  }

  /** Encodes the set bits, which must be below {@code size}. */
  public static byte[] of(int size, BitSet indices) {
    return of(size, indices.stream().boxed().toList());
  }

  /**
   * Decodes a bitmap.
   *
   * @throws IllegalArgumentException if it has the wrong length or a bit at or above {@code size}
   */
  public static BitSet parse(byte[] bitmap, int size) {
    if (bitmap.length != bytes(size)) {
      throw new IllegalArgumentException(
          "bitmap has " + bitmap.length + " bytes; a roster of " + size + " has " + bytes(size));
    }
    BitSet indices = BitSet.valueOf(bitmap);
    if (indices.length() > size) {
      throw new IllegalArgumentException(
          "bitmap names index " + (indices.length() - 1) + "; the roster has " + size + " entries");
    }
    return indices;
  }

  private static int bytes(int size) {
    if (size < 0) {
      throw new IllegalArgumentException("size is " + size + "; it must not be negative");
    }
    return (int) ((size + 7L) / 8);
  }
}
