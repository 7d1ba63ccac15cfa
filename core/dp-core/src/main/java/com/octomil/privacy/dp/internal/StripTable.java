package com.octomil.privacy.dp.internal;

/**
 * Alias table (Walker 1977, Vose 1991) over columns with integer weights that sum to 2^63, so that
 * a column is drawn from one 64-bit word *exactly* with its weight.
 *
 * <p>The columns carry an envelope of the density exp(-x^2/2) on x >= 0: column j, for j below
 * {@link #LAST}, covers [j, j+1)/{@link #STRIPS}; the last one stands for the whole tail, cut into
 * unit blocks of halving height. {@code scale} is the constant C with C exp(-x^2/2) below the
 * envelope everywhere; all C, weights and heights are exact numbers, and the test of the envelope
 * recomputes them with big integers.
 */
final class StripTable {
  static final int STRIPS = 64;
  static final int COLUMNS = 512;
  static final int LAST = COLUMNS - 1;

  /** Width of the tail's table weight in strips: blocks of 64 strips, heights 1 + 1/2 + 1/4 ... */
  static final int TAIL_WEIGHT = 2 * STRIPS;

  private static final StripTable INSTANCE = new StripTable();

  /** C, an exact double. */
  final double scale;

  /** Envelope height of each column (for the tail: of its first block). */
  final long[] heights = new long[COLUMNS];

  /** 54-bit thresholds: below it the drawn column itself, else its alias. */
  final long[] thresholds = new long[COLUMNS];

  final short[] aliases = new short[COLUMNS];

  /** Proven acceptance: a 14-bit vertical coordinate below it accepts at every x of the column. */
  final int[] sure = new int[COLUMNS];

  static StripTable instance() {
    return INSTANCE;
  }

  private StripTable() {
    double mass = 0;
    for (int j = 0; j < COLUMNS; j++) {
      mass += (j == LAST ? TAIL_WEIGHT : 1) * kernelAt(j);
    }
    scale = (double) (float) (0x1p63 / mass * (1 - 0x1p-20));
    long total = 0;
    for (int j = 0; j < COLUMNS; j++) {
      // Above C exp(-x^2/2) at the column's left end by more than all rounding made here.
      heights[j] = (long) (scale * kernelAt(j) * (1 + 0x1p-48)) + 2;
      total += (j == LAST ? TAIL_WEIGHT : 1) * heights[j];
    }
    // What is missing to 2^63 only lifts the first column of the envelope.
    heights[0] += (Long.MAX_VALUE - total) + 1;
    for (int j = 0; j < LAST; j++) {
      sure[j] = (int) Math.floor(0x1p14 * (scale * kernelAt(j + 1) / heights[j]) * (1 - 0x1p-40));
    }
    buildAliases();
  }

  private static double kernelAt(int strip) {
    double x = (double) strip / STRIPS;
    return StrictMath.exp(-0.5 * x * x);
  }

  private void buildAliases() {
    long[] weights = new long[COLUMNS];
    for (int j = 0; j < COLUMNS; j++) {
      weights[j] = (j == LAST ? TAIL_WEIGHT : 1) * heights[j];
    }
    AliasTable.build(weights, 1L << 54, thresholds, aliases);
  }
}
