package com.octomil.privacy.secagg;

/** The width b of one coordinate of the masked sum: all masked arithmetic is modulo 2^b. */
public final class RingWidth {
  /** Largest width: one 32-bit word of the mask generator per coordinate. */
  public static final int MAX_BITS = 32;

  private RingWidth() {}

  /**
   * Smallest b with {@code 2^b > 2 * cohort * maxAbsCoordinate}, so that the sum of signed
   * coordinates of the whole cohort cannot wrap.
   *
   * @throws IllegalArgumentException if an argument is not positive or more than 32 bits are needed
   */
  public static int bitsFor(int cohort, long maxAbsCoordinate) {
    return bitsFor(cohort, maxAbsCoordinate, 0);
  }

  /**
   * The same with room for noise that the devices add.
   *
   * @param noise bound on the absolute value of the summed noise; not negative
   */
  public static int bitsFor(int cohort, long maxAbsCoordinate, long noise) {
    if (noise < 0) {
      throw new IllegalArgumentException("noise is " + noise + "; it must not be negative");
    }
    if (cohort < 1) {
      throw new IllegalArgumentException("cohort is " + cohort + "; it must be at least 1");
    }
    if (maxAbsCoordinate < 1) {
      throw new IllegalArgumentException(
          "largest absolute coordinate is " + maxAbsCoordinate + "; it must be at least 1");
    }
    // Beyond 2^31 no cohort fits; below it the product fits a long.
    long range = 2 * (cohort * Math.min(maxAbsCoordinate, 1L << 31) + Math.min(noise, 1L << 40));
    // The first power of two above the range has the bit length of the range as its exponent.
    int bits = Long.SIZE - Long.numberOfLeadingZeros(range);
    if (bits > MAX_BITS) {
      throw new IllegalArgumentException(
          "a sum over "
              + cohort
              + " devices of coordinates up to "
              + maxAbsCoordinate
              + " does not fit "
              + MAX_BITS
              + " bits; use a smaller cohort or a coarser grid");
    }
    return bits;
  }

  /** Bit mask of the ring, {@code 2^bits - 1}. */
  public static int mask(int bits) {
    if (bits < 1 || bits > MAX_BITS) {
      throw new IllegalArgumentException(
          "ring_bits is " + bits + "; it must be between 1 and " + MAX_BITS);
    }
    return -1 >>> (MAX_BITS - bits);
  }
}
