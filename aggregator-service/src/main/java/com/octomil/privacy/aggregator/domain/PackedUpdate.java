package com.octomil.privacy.aggregator.domain;

import com.octomil.privacy.secagg.wire.BitPacking;
import java.util.Optional;

/**
 * Shape of a masked update on the wire: coordinates of b bits, packed from the lowest bit of the
 * first octet on.
 */
public final class PackedUpdate {
  private PackedUpdate() {}

  /** Octets of {@code length} packed coordinates. */
  public static int bytes(int length, int bits) {
    return BitPacking.packedLength(length, bits);
  }

  /**
   * Why {@code packed} is no packed update of that shape, if it is none; the same rule by which
   * adding one fails.
   */
  public static Optional<String> defect(byte[] packed, int length, int bits) {
    int expected = bytes(length, bits);
    if (packed.length != expected) {
      return Optional.of("has " + packed.length + " octets; it must have " + expected);
    }
    int used = (int) (((long) length * bits) & 7);
    if (used != 0 && (packed[expected - 1] & 0xff) >>> used != 0) {
      return Optional.of("has padding after the last coordinate that is not zero");
    }
    return Optional.empty();
  }
}
