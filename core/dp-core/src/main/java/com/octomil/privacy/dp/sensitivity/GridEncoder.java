package com.octomil.privacy.dp.sensitivity;

import com.octomil.privacy.dp.internal.Checks;
import com.octomil.privacy.dp.random.KeystreamRandom;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteOrder;
import java.security.SecureRandom;
import java.util.function.Consumer;

/**
 * Turns a real update into integers on a grid whose L2 norm is bounded *exactly*.
 *
 * <p>The update is clipped to {@code clipNorm} in double precision, divided by {@code gridStep} and
 * rounded stochastically, coordinate by coordinate, to one of the two neighbouring integers so that
 * the expectation is the clipped value. Rounding can lengthen a vector, so an input close to the
 * norm is shortened first by what rounding adds, and the result is accepted only if the integer
 * norm satisfies sum k_i^2 <= floor((clipNorm/gridStep)^2), computed without rounding; otherwise it
 * is redrawn, and shortened further after repeated failures. Whatever the input, one encoded update
 * therefore moves a sum of encodings by at most clipNorm/gridStep in L2.
 *
 * <p>Updates of {@value #KEYSTREAM_COORDINATES} coordinates or more draw from an AES-CTR keystream
 * that is keyed from the given generator; shorter ones draw from the generator itself. The decoded
 * value of an integer is integer times gridStep. Immutable and thread-safe as far as the given
 * generator is.
 */
public final class GridEncoder {
  /** Length from which a keystream pays for its set-up. */
  static final int KEYSTREAM_COORDINATES = 1024;

  /** Probability below 1e-8 of a redraw (six standard deviations of the squared norm). */
  private static final double DEVIATIONS = 6;

  /** Shortening of a clipped update that is not worth a closer look at its fractions. */
  private static final double NEGLIGIBLE = 0x1p-12;

  private static final int DRAWS_PER_LENGTH = 8;
  private static final double MAX_RADIUS = 0x1p30;

  /** Coordinates at a time: values, random bits and results stay in the first-level cache. */
  private static final int BLOCK = 2048;

  private static final VarHandle DRAWS =
      MethodHandles.byteArrayViewVarHandle(char[].class, ByteOrder.LITTLE_ENDIAN);

  private final double clipNorm;
  private final double gridStep;
  private final long maxNormSquared;
  private final int maxAbsCoordinate;

  /**
   * @param clipNorm L2 bound C of an update, above 0
   * @param gridStep width g of the grid, above 0, with 1 <= C/g <= 2^30
   */
  public GridEncoder(double clipNorm, double gridStep) {
    this.clipNorm = Checks.positive("clip_norm", clipNorm);
    this.gridStep = Checks.positive("grid_step", gridStep);
    double ratio = clipNorm / gridStep;
    if (!(ratio >= 1 && ratio <= MAX_RADIUS)) {
      throw Checks.invalid("grid_step", gridStep, "from clip_norm * 2^-30 to clip_norm");
    }
    BigDecimal c = new BigDecimal(clipNorm);
    BigDecimal g = new BigDecimal(gridStep);
    BigInteger squared = c.multiply(c).divideToIntegralValue(g.multiply(g)).toBigInteger();
    this.maxNormSquared = squared.longValueExact();
    this.maxAbsCoordinate = squared.sqrt().intValueExact();
  }

  /** The clipping norm C. */
  public double clipNorm() {
    return clipNorm;
  }

  /** The grid step g. */
  public double gridStep() {
    return gridStep;
  }

  /** floor((C/g)^2): no encoding has a larger squared norm. */
  public long maxNormSquared() {
    return maxNormSquared;
  }

  /** floor(C/g): no coordinate of an encoding is larger in absolute value. */
  public int maxAbsCoordinate() {
    return maxAbsCoordinate;
  }

  /** Real value of an integer coordinate or of a sum of them. */
  public double decode(long coordinate) {
    return coordinate * gridStep;
  }

  /**
   * Clips and encodes one update.
   *
   * @throws IllegalArgumentException if a coordinate is not finite
   */
  public int[] encode(float[] update, SecureRandom random) {
    return encode(
        update.length,
        (from, values, count) -> {
          for (int i = 0; i < count; i++) {
            values[i] = update[from + i];
          }
        },
        random);
  }

  /** As {@link #encode(float[], SecureRandom)}. */
  public int[] encode(double[] update, SecureRandom random) {
    return encode(
        update.length,
        (from, values, count) -> System.arraycopy(update, from, values, 0, count),
        random);
  }

  /** Reads coordinates of an update block by block. */
  @FunctionalInterface
  private interface Source {
    void read(int from, double[] values, int count);
  }

  private int[] encode(int length, Source update, SecureRandom random) {
    double[] block = new double[Math.min(BLOCK, length)];
    double lift = 1;
    double squares = sumOfSquares(length, update, block, lift);
    if (!(squares >= 0x1p-900 && squares <= 0x1p900)) {
      // Not finite, all zero, or out of the range where squares are accurate.
      double largest = largest(length, update, block);
      if (largest == 0) {
        return new int[length];
      }
      lift = Math.scalb(1.0, Math.max(-1000, Math.min(1000, -Math.getExponent(largest))));
      squares = sumOfSquares(length, update, block, lift);
    }
    // A coordinate becomes value * lift * unit on the grid.
    double clipped = clipNorm / gridStep / Math.sqrt(squares);
    double unclipped = 1 / gridStep / lift;
    double unit = Math.min(unclipped, clipped);
    double shrink = quickFit(length, squares * unit * unit, clipped < unclipped);
    if (shrink == 0) {
      shrink = fit(length, update, block, lift, unit);
    }
    int[] encoded = new int[length];
    byte[] draws = new byte[Character.BYTES * block.length];
    Consumer<byte[]> bits =
        length < KEYSTREAM_COORDINATES
            ? random::nextBytes
            : KeystreamRandom.keyedFrom(random)::nextBytes;
    while (true) {
      for (int draw = 0; draw < DRAWS_PER_LENGTH; draw++) {
        if (roundInto(encoded, update, block, lift, unit * shrink, bits, draws, random)) {
          return encoded;
        }
      }
      shrink *= 0.99;
    }
  }

  private static double sumOfSquares(int length, Source update, double[] values, double lift) {
    double total = 0;
    for (int from = 0; from < length; from += BLOCK) {
      int count = Math.min(BLOCK, length - from);
      update.read(from, values, count);
      // Four chains of additions, since one would wait for each sum.
      double a = 0;
      double b = 0;
      double c = 0;
      double d = 0;
      int i = 0;
      for (; i + 3 < count; i += 4) {
        double w = values[i] * lift;
        double x = values[i + 1] * lift;
        double y = values[i + 2] * lift;
        double z = values[i + 3] * lift;
        a += w * w;
        b += x * x;
        c += y * y;
        d += z * z;
      }
      for (; i < count; i++) {
        double w = values[i] * lift;
        a += w * w;
      }
      total += (a + b) + (c + d);
    }
    return total;
  }

  private static double largest(int length, Source update, double[] values) {
    double largest = 0;
    for (int from = 0; from < length; from += BLOCK) {
      int count = Math.min(BLOCK, length - from);
      update.read(from, values, count);
      for (int i = 0; i < count; i++) {
        if (!Double.isFinite(values[i])) {
          throw Checks.invalid("update[" + (from + i) + "]", values[i], "a finite number");
        }
        largest = Math.max(largest, Math.abs(values[i]));
      }
    }
    return largest;
  }

  /**
   * A shortening whose rounding fits by bounds that hold for all fractions, or 0 if a look at them
   * is worth while. Only an update that is clipped anyway is ever shortened here.
   */
  private double quickFit(int length, double normSquared, boolean isClipped) {
    // A fraction f adds f(1-f) <= 1/4 to the mean of the square and (2|y|+1)^2/4 to its variance.
    double added = 0.25 * length;
    double deviation = Math.sqrt(normSquared + Math.sqrt(length * normSquared) + added);
    double room = maxNormSquared - added - DEVIATIONS * deviation;
    if (normSquared <= room) {
      return 1;
    }
    double shrink = room > 0 ? Math.sqrt(room / normSquared) : 0;
    return isClipped && shrink >= 1 - NEGLIGIBLE ? shrink : 0;
  }

  /** Largest shortening of the input (from a decreasing sequence) whose rounding should fit. */
  private double fit(int length, Source update, double[] values, double lift, double unit) {
    double shrink = 1;
    // The square grows with the second power of the length, what rounding adds with the first or
    // less where all is much smaller than a step: the power is learnt from the last two lengths.
    double power = 2;
    double lastShrink = 0;
    double lastExcess = 0;
    while (true) {
      double mean = 0;
      double variance = 0;
      for (int from = 0; from < length; from += BLOCK) {
        int count = Math.min(BLOCK, length - from);
        update.read(from, values, count);
        for (int i = 0; i < count; i++) {
          double y = Math.abs(values[i] * lift * (unit * shrink));
          double down = Math.floor(y);
          double fraction = y - down;
          double spread = fraction * (1 - fraction);
          mean += y * y + spread;
          variance += (2 * down + 1) * (2 * down + 1) * spread;
        }
      }
      double excess = mean + DEVIATIONS * Math.sqrt(variance);
      if (excess <= maxNormSquared || excess == 0) {
        return shrink;
      }
      if (lastShrink > 0) {
        double measured = Math.log(lastExcess / excess) / Math.log(lastShrink / shrink);
        power = Math.max(1, Math.min(2, measured));
      }
      lastShrink = shrink;
      lastExcess = excess;
      shrink *= Math.pow(maxNormSquared / excess, 1 / power) * (1 - NEGLIGIBLE / 4);
    }
  }

  private boolean roundInto(
      int[] encoded,
      Source update,
      double[] values,
      double lift,
      double unit,
      Consumer<byte[]> bits,
      byte[] draws,
      SecureRandom random) {
    long left = maxNormSquared;
    for (int from = 0; from < encoded.length; from += BLOCK) {
      int count = Math.min(BLOCK, encoded.length - from);
      update.read(from, values, count);
      bits.accept(draws);
      if (roundBlock(encoded, from, values, count, lift, unit, draws) > 0) {
        settle(encoded, from, values, count, lift, unit, draws, random);
      }
      left -= squaredNorm(encoded, from, count);
      if (left < 0) {
        return false;
      }
    }
    return true;
  }

  /**
   * Rounds a block; the number of coordinates that the bits drawn leave open. No branch and no call
   * in the loop, so that the compiler can unroll it.
   */
  private static int roundBlock(
      int[] encoded, int from, double[] values, int count, double lift, double unit, byte[] draws) {
    double scale = unit * 0x1p16;
    int open = 0;
    for (int i = 0; i < count; i++) {
      double scaled = values[i] * lift * scale;
      // Magnitude first: the fraction of a small negative number would not be exact. Adding
      // uniform bits below the point and cutting rounds up with the fraction's probability.
      long dithered = (long) Math.abs(scaled) + (char) DRAWS.get(draws, i * Character.BYTES);
      int k = (int) (dithered >>> 16);
      open += (((int) dithered & 0xFFFF) + 1) >>> 16;
      int sign = (int) (Double.doubleToRawLongBits(scaled) >> 63);
      encoded[from + i] = (k ^ sign) - sign;
    }
    return open;
  }

  /** Rounds up coordinates whose drawn bits ended just below an integer, if the next bits do. */
  private static void settle(
      int[] encoded,
      int from,
      double[] values,
      int count,
      double lift,
      double unit,
      byte[] draws,
      SecureRandom random) {
    double scale = unit * 0x1p16;
    for (int i = 0; i < count; i++) {
      double scaled = values[i] * lift * scale;
      double magnitude = Math.abs(scaled);
      long whole = (long) magnitude;
      long dithered = whole + (char) DRAWS.get(draws, i * Character.BYTES);
      if ((dithered & 0xFFFF) == 0xFFFF && isBelow(magnitude - whole, random)) {
        encoded[from + i] += scaled < 0 ? -1 : 1;
      }
    }
  }

  /**
   * Sum of the squares of a block, exact for any integers; Long.MAX_VALUE stands for anything
   * larger.
   */
  private static long squaredNorm(int[] encoded, int from, int count) {
    // In two halves, neither of which can overflow: a block has 2^11 squares of at most 2^62.
    long low = 0;
    long high = 0;
    for (int i = from; i < from + count; i++) {
      long square = (long) encoded[i] * encoded[i];
      low += square & 0xFFFFFFFFL;
      high += square >>> 32;
    }
    high += low >>> 32;
    return high > Integer.MAX_VALUE ? Long.MAX_VALUE : high << 32 | (low & 0xFFFFFFFFL);
  }

  /**
   * True with exactly the given probability, which is below 1: bits are drawn until one differs.
   */
  private static boolean isBelow(double probability, SecureRandom random) {
    double rest = probability;
    while (rest > 0) {
      rest *= 0x1p32;
      long threshold = (long) rest;
      long drawn = random.nextInt() & 0xFFFFFFFFL;
      if (drawn != threshold) {
        return drawn < threshold;
      }
      rest -= threshold;
    }
    return false;
  }
}
