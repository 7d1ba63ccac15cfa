package com.octomil.privacy.dp.internal;

import java.math.BigInteger;

/**
 * Exact samples of a {@link LatticeDensity}, by rejection from the envelope of a {@link
 * LatticeTable}.
 *
 * <p>A draw picks a column, an offset within it and a height, and keeps the offset if the point
 * lies under the density. Nearly always the first 14 bits of the height decide; else machine
 * arithmetic with a stated error bound does; what is within that bound goes to integer arithmetic
 * with as many bits as it takes. Not thread-safe.
 */
public final class LatticeDraw {
  private static final int HEIGHT_BITS = 14;
  static final long REJECTED = Long.MIN_VALUE;

  /** Ratios below e^-64 are left to integer arithmetic. */
  private static final double LEAST_LOG = -64;

  private final LatticeDensity density;
  private final BitSource bits;
  final LatticeTable table;
  private final boolean integersOnly;
  private final int widthBits;
  private final long widthMask;

  public LatticeDraw(LatticeDensity density, BitSource bits) {
    this(density, bits, false);
  }

  /** For tests, which also run everything through integer arithmetic. */
  LatticeDraw(LatticeDensity density, BitSource bits, boolean integersOnly) {
    this.density = density;
    this.bits = bits;
    this.table = new LatticeTable(density);
    this.integersOnly = integersOnly;
    this.widthBits = table.widthBits;
    this.widthMask = (1L << widthBits) - 1;
  }

  /** The next sample's offset from the mode. */
  public long next() {
    long offset;
    do {
      offset = attempt(bits.nextLong(), bits.nextLong());
    } while (offset == REJECTED);
    return offset;
  }

  /** The offset of the point that the two words begin, or {@link #REJECTED}. */
  long attempt(long columnWord, long pointWord) {
    int column = (int) columnWord & (LatticeTable.COLUMNS - 1);
    if ((columnWord >>> (64 - LatticeTable.THRESHOLD_BITS)) >= table.thresholds[column]) {
      column = table.aliases[column];
    }
    long offset = ((long) (column - LatticeTable.MIDDLE) << widthBits) + (pointWord & widthMask);
    int height = (int) (pointWord >>> (64 - HEIGHT_BITS));
    return height < table.sure[column] && !integersOnly ? offset : decide(column, offset, height);
  }

  /** The offset if the point lies under the density, with as many bits as it takes. */
  private long decide(int column, long drawn, int height) {
    long offset = drawn;
    int block = 0;
    if (column == LatticeTable.FIRST || column == LatticeTable.LAST) {
      // Blocks with heights halving: a fair coin for each step outwards.
      while ((bits.nextLong() & 1) == 1) {
        block++;
      }
      long within = (bits.nextLong() & (LatticeTable.TAIL_COLUMNS - 1)) << widthBits;
      long outwards =
          Math.addExact(
              Math.multiplyExact((long) LatticeTable.TAIL_COLUMNS << widthBits, block),
              within | (drawn & widthMask));
      offset =
          column == LatticeTable.LAST
              ? Math.addExact(table.start(column), outwards)
              : Math.subtractExact(table.start(column + 1) - 1, outwards);
    }
    double log = density.logRatio(offset);
    if (log == Double.NEGATIVE_INFINITY) {
      return REJECTED;
    }
    long more = bits.nextLong();
    if (log > LEAST_LOG && !integersOnly) {
      double ratio = Math.scalb(table.scale * Math.exp(log) / table.heights[column], block);
      // 53 bits of the height are enough to decide nearly always.
      double low = (((long) height << 39) | (more >>> 25)) * 0x1p-53;
      if (low + 0x1p-53 < ratio * (1 - 2 * LatticeTable.RATIO_ERROR)) {
        return offset;
      }
      if (low > ratio * (1 + 2 * LatticeTable.RATIO_ERROR)) {
        return REJECTED;
      }
    }
    return isUnder(column, block, offset, height, more) ? offset : REJECTED;
  }

  private boolean isUnder(int column, int block, long offset, int height, long more) {
    BigInteger envelope = BigInteger.valueOf(table.heights[column]);
    BigInteger h = extend(BigInteger.valueOf(height), more);
    for (int heightBits = HEIGHT_BITS + 64; ; heightBits += 64) {
      int precision = heightBits + 64;
      LatticeDensity.Bounds ratio = density.ratio(offset, precision);
      // h H 2^-block < C r for h in [h, h+1) 2^-heightBits and r between the bounds.
      BigInteger lower = table.exactScale.multiply(ratio.lower()).shiftLeft(heightBits + block);
      BigInteger upper = table.exactScale.multiply(ratio.upper()).shiftLeft(heightBits + block);
      BigInteger end = h.add(BigInteger.ONE).multiply(envelope).shiftLeft(precision);
      if (end.compareTo(lower) <= 0) {
        return true;
      }
      if (h.multiply(envelope).shiftLeft(precision).compareTo(upper) >= 0) {
        return false;
      }
      h = extend(h, bits.nextLong());
    }
  }

  private static BigInteger extend(BigInteger value, long word) {
    return value
        .shiftLeft(64)
        .or(BigInteger.valueOf(word >>> 1).shiftLeft(1))
        .or(BigInteger.valueOf(word & 1));
  }
}
