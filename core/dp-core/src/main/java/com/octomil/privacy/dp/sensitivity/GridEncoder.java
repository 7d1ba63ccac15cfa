package com.octomil.privacy.dp.sensitivity;

import com.octomil.privacy.dp.internal.Checks;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.LongBuffer;
import java.security.SecureRandom;
import java.util.function.IntToDoubleFunction;

/**
 * Turns a real update into integers on a grid whose L2 norm is bounded *exactly*.
 *
 * <p>The update is clipped to {@code clipNorm} in double precision, divided by {@code gridStep} and
 * rounded stochastically, coordinate by coordinate, to one of the two neighbouring integers so that
 * the expectation is the clipped value. Rounding can lengthen a vector, so the input is shortened
 * first by what rounding adds, and the result is accepted only if the integer norm satisfies sum
 * k_i^2 <= floor((clipNorm/gridStep)^2), computed without rounding; otherwise it is redrawn, and
 * shortened further after repeated failures. Whatever the input, one encoded update therefore moves
 * a sum of encodings by at most clipNorm/gridStep in L2.
 *
 * <p>The decoded value of an integer is integer times gridStep. Immutable and thread-safe as far as
 * the given generator is.
 */
public final class GridEncoder {
  /** Probability below 1e-8 of a redraw (six standard deviations of the squared norm). */
  private static final double DEVIATIONS = 6;

  private static final int DRAWS_PER_LENGTH = 8;
  private static final double MAX_RADIUS = 0x1p30;

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
    return encode(update.length, i -> update[i], random);
  }

  /** As {@link #encode(float[], SecureRandom)}. */
  public int[] encode(double[] update, SecureRandom random) {
    return encode(update.length, i -> update[i], random);
  }

  private int[] encode(int length, IntToDoubleFunction update, SecureRandom random) {
    double largest = 0;
    for (int i = 0; i < length; i++) {
      double value = update.applyAsDouble(i);
      if (!Double.isFinite(value)) {
        throw Checks.invalid("update[" + i + "]", value, "a finite number");
      }
      largest = Math.max(largest, Math.abs(value));
    }
    int[] encoded = new int[length];
    if (largest == 0) {
      return encoded;
    }
    double sum = 0;
    for (int i = 0; i < length; i++) {
      double scaled = update.applyAsDouble(i) / largest;
      sum += scaled * scaled;
    }
    // Length of update/largest; the square cannot overflow there.
    double norm = Math.sqrt(sum);
    double unit = Math.min(largest / gridStep, clipNorm / gridStep / norm);
    double shrink = fit(length, update, largest, unit);
    Bits bits = new Bits(random, length);
    while (true) {
      for (int draw = 0; draw < DRAWS_PER_LENGTH; draw++) {
        if (roundInto(encoded, update, largest, unit * shrink, bits)) {
          return encoded;
        }
      }
      shrink *= 0.99;
    }
  }

  /** Largest shortening of the input (from a decreasing sequence) whose rounding should fit. */
  private double fit(int length, IntToDoubleFunction update, double largest, double unit) {
    double shrink = 1;
    while (true) {
      double mean = 0;
      double variance = 0;
      for (int i = 0; i < length; i++) {
        double y = update.applyAsDouble(i) / largest * (unit * shrink);
        double down = Math.floor(y);
        double fraction = y - down;
        double spread = fraction * (1 - fraction);
        mean += y * y + spread;
        variance += (2 * down + 1) * (2 * down + 1) * spread;
      }
      double excess = mean + DEVIATIONS * Math.sqrt(variance);
      if (excess <= maxNormSquared || excess == 0) {
        return shrink;
      }
      shrink *= Math.min(1 - 0x1p-20, Math.sqrt(maxNormSquared / excess));
    }
  }

  private boolean roundInto(
      int[] encoded, IntToDoubleFunction update, double largest, double unit, Bits bits) {
    long left = maxNormSquared;
    for (int i = 0; i < encoded.length; i++) {
      double y = update.applyAsDouble(i) / largest * unit;
      double down = Math.floor(y);
      long k = (long) down + (bits.nextUniform() < y - down ? 1 : 0);
      // |k| <= 2^30 + 1, so the square fits easily.
      left -= k * k;
      if (left < 0) {
        return false;
      }
      encoded[i] = (int) k;
    }
    return true;
  }

  /** 53-bit uniforms from a buffered generator. */
  private static final class Bits {
    private static final int MAX_WORDS = 1024;
    private final SecureRandom random;
    private final byte[] buffer;
    private final LongBuffer longs;

    Bits(SecureRandom random, int coordinates) {
      this.random = random;
      this.buffer = new byte[Long.BYTES * Math.min(MAX_WORDS, Math.max(1, coordinates))];
      this.longs = ByteBuffer.wrap(buffer).asLongBuffer();
      longs.position(longs.limit());
    }

    double nextUniform() {
      if (!longs.hasRemaining()) {
        random.nextBytes(buffer);
        longs.rewind();
      }
      return (longs.get() >>> 11) * 0x1p-53;
    }
  }
}
