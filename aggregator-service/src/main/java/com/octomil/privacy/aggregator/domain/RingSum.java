package com.octomil.privacy.aggregator.domain;

import com.octomil.privacy.secagg.masking.RingVector;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A running sum of vectors modulo 2^bits; its stored form is int32, little-endian. For one thread
 * at a time.
 */
public final class RingSum {
  private final int[] sum;
  private final int bits;

  public RingSum(int length, int bits) {
    this.sum = new int[length];
    this.bits = bits;
  }

  public void add(Contribution contribution) {
    contribution.addTo(sum, bits);
  }

  /**
   * Adds a stored sum.
   *
   * @throws IllegalArgumentException if it has another length
   */
  public void addStored(byte[] stored) {
    if (stored.length != sum.length * Integer.BYTES) {
      throw new IllegalArgumentException(
          "a stored sum has "
              + stored.length
              + " octets; it must have "
              + sum.length * Integer.BYTES);
    }
    int[] other = new int[sum.length];
    ByteBuffer.wrap(stored).order(ByteOrder.LITTLE_ENDIAN).asIntBuffer().get(other);
    RingVector.addInto(sum, other, bits);
  }

  /** The sum itself, not a copy. */
  public int[] coordinates() {
    return sum;
  }

  public byte[] toOctets() {
    byte[] octets = new byte[Math.multiplyExact(sum.length, Integer.BYTES)];
    ByteBuffer.wrap(octets).order(ByteOrder.LITTLE_ENDIAN).asIntBuffer().put(sum);
    return octets;
  }
}
