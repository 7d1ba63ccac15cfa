package com.octomil.privacy.secagg.wire;

import com.octomil.privacy.secagg.RingWidth;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Vectors modulo 2^b with exactly b bits a coordinate. Coordinate i is bits {@code i * b} to {@code
 * i * b + b - 1} of the stream, least significant first; bit j of the stream is bit {@code j mod 8}
 * of byte {@code j / 8}. Bits after the last coordinate are zero. Thread-safe.
 */
public final class BitPacking {
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private static final int GROUP = 8;

  private BitPacking() {}

  /** {@code ceil(length * bits / 8)}. */
  public static int packedLength(int length, int bits) {
    RingWidth.mask(bits);
    if (length < 0) {
      throw new IllegalArgumentException("length is " + length + "; it must not be negative");
    }
    return Math.toIntExact(((long) length * bits + 7) / 8);
  }

  /**
   * Packs a vector.
   *
   * @throws IllegalArgumentException if a coordinate is not below 2^bits
   */
  public static byte[] pack(int[] vector, int bits) {
    int mask = RingWidth.mask(bits);
    byte[] packed = new byte[packedLength(vector.length, bits)];
    long pending = 0;
    int pendingBits = 0;
    int at = 0;
    int excess = 0;
    for (int value : vector) {
      excess |= value & ~mask;
      pending |= (value & 0xffff_ffffL) << pendingBits;
      pendingBits += bits;
      if (pendingBits >= Integer.SIZE) {
        packed[at] = (byte) pending;
        packed[at + 1] = (byte) (pending >>> 8);
        packed[at + 2] = (byte) (pending >>> 16);
        packed[at + 3] = (byte) (pending >>> 24);
        at += 4;
        pending >>>= Integer.SIZE;
        pendingBits -= Integer.SIZE;
      }
    }
    while (at < packed.length) {
      packed[at++] = (byte) pending;
      pending >>>= 8;
    }
    if (excess != 0) {
      throw new IllegalArgumentException(
          "a coordinate does not fit " + bits + " bits; reduce the vector first");
    }
    return packed;
  }

  /**
   * Unpacks a vector of {@code length} coordinates.
   *
   * @throws IllegalArgumentException if the packed form has the wrong length or non-zero padding
   */
  public static int[] unpack(byte[] packed, int length, int bits) {
    check(packed, length, bits);
    int mask = RingWidth.mask(bits);
    int[] vector = new int[length];
    int fast = fastCoordinates(packed, length, bits);
    long position = 0;
    for (int i = 0; i < fast; i++, position += bits) {
      vector[i] = (int) ((long) LONG.get(packed, (int) (position >>> 3)) >>> (position & 7)) & mask;
    }
    for (int i = fast; i < length; i++, position += bits) {
      vector[i] = (int) (tail(packed, (int) (position >>> 3)) >>> (position & 7)) & mask;
    }
    return vector;
  }

  /**
   * Adds a packed vector to a sum modulo 2^bits without unpacking it first.
   *
   * @param sum coordinates below 2^bits; its length is the length of the vector
   * @throws IllegalArgumentException if the packed form has the wrong length or non-zero padding;
   *     the sum is then unchanged
   */
  public static void addPacked(int[] sum, byte[] packed, int bits) {
    check(packed, sum.length, bits);
    int mask = RingWidth.mask(bits);
    int fast = fastCoordinates(packed, sum.length, bits) & -GROUP;
    // Eight coordinates fill whole bytes, so their places within a group are the same in all
    // groups.
    int b1 = bits >>> 3;
    int b2 = 2 * bits >>> 3;
    int b3 = 3 * bits >>> 3;
    int b4 = 4 * bits >>> 3;
    int b5 = 5 * bits >>> 3;
    int b6 = 6 * bits >>> 3;
    int b7 = 7 * bits >>> 3;
    int s1 = bits & 7;
    int s2 = 2 * bits & 7;
    int s3 = 3 * bits & 7;
    int s4 = 4 * bits & 7;
    int s5 = 5 * bits & 7;
    int s6 = 6 * bits & 7;
    int s7 = 7 * bits & 7;
    for (int i = 0, at = 0; i < fast; i += GROUP, at += bits) {
      sum[i] = (sum[i] + (int) (long) LONG.get(packed, at)) & mask;
      sum[i + 1] = (sum[i + 1] + (int) ((long) LONG.get(packed, at + b1) >>> s1)) & mask;
      sum[i + 2] = (sum[i + 2] + (int) ((long) LONG.get(packed, at + b2) >>> s2)) & mask;
      sum[i + 3] = (sum[i + 3] + (int) ((long) LONG.get(packed, at + b3) >>> s3)) & mask;
      sum[i + 4] = (sum[i + 4] + (int) ((long) LONG.get(packed, at + b4) >>> s4)) & mask;
      sum[i + 5] = (sum[i + 5] + (int) ((long) LONG.get(packed, at + b5) >>> s5)) & mask;
      sum[i + 6] = (sum[i + 6] + (int) ((long) LONG.get(packed, at + b6) >>> s6)) & mask;
      sum[i + 7] = (sum[i + 7] + (int) ((long) LONG.get(packed, at + b7) >>> s7)) & mask;
    }
    long position = (long) fast * bits;
    for (int i = fast; i < sum.length; i++, position += bits) {
      sum[i] = (sum[i] + (int) (tail(packed, (int) (position >>> 3)) >>> (position & 7))) & mask;
    }
  }

  private static void check(byte[] packed, int length, int bits) {
    int expected = packedLength(length, bits);
    if (packed.length != expected) {
      throw new IllegalArgumentException(
          "packed vector has "
              + packed.length
              + " bytes; "
              + length
              + " coordinates of "
              + bits
              + " bits have "
              + expected);
    }
    int used = (int) (((long) length * bits) & 7);
    if (used != 0 && (packed[expected - 1] & 0xff) >>> used != 0) {
      throw new IllegalArgumentException("padding after the last coordinate is not zero");
    }
  }

  /** How many coordinates can be read through eight bytes that lie inside the array. */
  private static int fastCoordinates(byte[] packed, int length, int bits) {
    if (packed.length < Long.BYTES) {
      return 0;
    }
    // Coordinate i starts in byte i * bits / 8, which must be at most packed.length - 8.
    long lastBit = ((long) (packed.length - Long.BYTES) << 3) | 7;
    return (int) Math.min(length, lastBit / bits + 1);
  }

  private static long tail(byte[] packed, int at) {
    long value = 0;
    for (int i = Math.min(packed.length, at + Long.BYTES) - 1; i >= at; i--) {
      value = value << 8 | packed[i] & 0xff;
    }
    return value;
  }
}
