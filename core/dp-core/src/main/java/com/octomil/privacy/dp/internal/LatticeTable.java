package com.octomil.privacy.dp.internal;

import java.math.BigDecimal;
import java.math.BigInteger;

/**
 * Envelope of a {@link LatticeDensity} in columns of 2^{@link #widthBits} integers with integer
 * weights that sum to 2^63, so that a column is drawn from one 64-bit word *exactly* with its
 * weight.
 *
 * <p>Column j, but for the first and the last, covers the offsets [j - {@link #MIDDLE}, j - MIDDLE
 * + 1) 2^widthBits; the first and the last stand for the tails, cut into blocks of {@link
 * #TAIL_COLUMNS} columns with halving heights. {@code scale} is the constant C with C f/f(0) below
 * the envelope everywhere. C, weights and heights are exact numbers; how they are chosen decides
 * about speed only, as long as the envelope is above, which log-concavity reduces to the ends of
 * columns and which a test recomputes with big integers.
 */
final class LatticeTable {
  static final int COLUMNS = 1024;
  static final int MIDDLE = COLUMNS / 2;
  static final int FIRST = 0;
  static final int LAST = COLUMNS - 1;
  static final int TAIL_COLUMNS = 64;

  /** Blocks of 64 columns with heights 1 + 1/2 + 1/4 ... */
  static final int TAIL_WEIGHT = 2 * TAIL_COLUMNS;

  static final int THRESHOLD_BITS = 53;

  /** Relative error that {@link LatticeDensity#logRatio} leaves to a ratio above e^-64. */
  static final double RATIO_ERROR = 0x1p-32;

  private static final int MIN_COLUMNS_PER_SCALE = 32;

  /** Columns cover 2^widthBits integers. */
  final int widthBits;

  /** C, an exact double that is an integer. */
  final double scale;

  final BigInteger exactScale;

  /** Envelope height of each column (for a tail: of its innermost block). */
  final long[] heights = new long[COLUMNS];

  /** 53-bit thresholds: below it the drawn column itself, else its alias. */
  final long[] thresholds = new long[COLUMNS];

  final short[] aliases = new short[COLUMNS];

  /** Proven acceptance: a 14-bit vertical coordinate below it accepts everywhere in the column. */
  final int[] sure = new int[COLUMNS];

  LatticeTable(LatticeDensity density) {
    widthBits = Math.max(0, Math.getExponent(density.scale() / MIN_COLUMNS_PER_SCALE));
    double[] highest = new double[COLUMNS];
    double mass = 0;
    for (int j = 0; j < COLUMNS; j++) {
      long inner = j < MIDDLE ? start(j + 1) - 1 : start(j);
      highest[j] = StrictMath.exp(density.logRatio(inner));
      mass += weight(j) * highest[j];
      long block = (long) TAIL_COLUMNS << widthBits;
      if ((j == FIRST || j == LAST)
          && !(density.logRatio(inner + (j == FIRST ? -block : block))
              <= density.logRatio(inner) - 1)) {
        throw new IllegalStateException("the tail does not halve from block to block");
      }
    }
    scale = (double) (float) (0x1p63 / mass * (1 - 0x1p-20));
    exactScale = new BigDecimal(scale).toBigIntegerExact();
    long total = 0;
    for (int j = 0; j < COLUMNS; j++) {
      if (highest[j] > 0
          || density.logRatio(j < MIDDLE ? start(j + 1) - 1 : start(j))
              > Double.NEGATIVE_INFINITY) {
        heights[j] = (long) (scale * highest[j] * (1 + RATIO_ERROR)) + 2;
      }
      total += weight(j) * heights[j];
    }
    // What is missing to 2^63 only lifts the column of the mode.
    heights[MIDDLE] += (Long.MAX_VALUE - total) + 1;
    for (int j = FIRST + 1; j < LAST; j++) {
      long outer = j < MIDDLE ? start(j) : start(j + 1) - 1;
      double lowest = StrictMath.exp(density.logRatio(outer));
      sure[j] =
          heights[j] == 0
              ? 0
              : (int) Math.floor(0x1p14 * (scale * lowest / heights[j]) * (1 - 2 * RATIO_ERROR));
    }
    long[] weights = new long[COLUMNS];
    for (int j = 0; j < COLUMNS; j++) {
      weights[j] = weight(j) * heights[j];
    }
    AliasTable.build(weights, 1L << THRESHOLD_BITS, thresholds, aliases);
  }

  /** First offset of a column. */
  long start(int column) {
    return (long) (column - MIDDLE) << widthBits;
  }

  static long weight(int column) {
    return column == FIRST || column == LAST ? TAIL_WEIGHT : 1;
  }
}
