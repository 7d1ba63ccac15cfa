package com.octomil.privacy.dp.internal;

import java.math.BigInteger;
import org.jspecify.annotations.Nullable;

/**
 * The sampling kernel behind the exact rounded Gaussian.
 *
 * <p>A draw picks a column of {@link StripTable}, a position x within it and a height y, all as
 * lazily extended binary fractions, and keeps x if the point lies under C exp(-x^2/2). Given
 * acceptance, x has exactly the half-normal density; a fair sign and multiplication by sigma
 * follow. The common case decides with machine arithmetic whose error bounds are stated where they
 * are used; whatever is within an error bound goes to integer arithmetic with more bits. Not
 * thread-safe.
 */
public final class NormalDraw {
  /** Bits of x after the binary point in the first attempt. */
  private static final int X_BITS = 56;

  private static final int STRIP_BITS = X_BITS - 6;
  private static final int Y_BITS = 14;
  private static final double X_UNIT = 0x1p-56;

  private final StripTable table = StripTable.instance();
  private final BitSource bits;
  private final double sigma;
  private final long sigmaMantissa;
  private final int sigmaExponent;
  private int acceptedBits;

  public NormalDraw(double sigma, BitSource bits) {
    this.sigma = sigma;
    this.bits = bits;
    this.sigmaExponent = Math.getExponent(sigma) - 52;
    this.sigmaMantissa = (long) Math.scalb(sigma, -sigmaExponent);
  }

  /** The next sample of round(N(0, sigma^2)). */
  public long nextRounded() {
    while (true) {
      long a = bits.nextLong();
      long b = bits.nextLong();
      int column = (int) (a & (StripTable.COLUMNS - 1));
      if ((a >>> 10) >= table.thresholds[column]) {
        column = table.aliases[column];
      }
      boolean negative = (a & StripTable.COLUMNS) != 0;
      int y = (int) b & ((1 << Y_BITS) - 1);
      long x = ((long) column << STRIP_BITS) | (b >>> Y_BITS);
      if (y < table.sure[column]) {
        double value = sigma * (x * X_UNIT);
        double nearest = Math.rint(value);
        // Two roundings of value, and x itself is known to X_UNIT only.
        double error = value * 0x1p-51 + sigma * 0x1p-55;
        if (Math.abs(value - nearest) < 0.5 - error) {
          return negative ? -(long) nearest : (long) nearest;
        }
        return signed(negative, round(BigInteger.valueOf(x), X_BITS));
      }
      BigInteger accepted = decide(column, x, y);
      if (accepted != null) {
        return signed(negative, round(accepted, acceptedBits));
      }
    }
  }

  private static long signed(boolean negative, long magnitude) {
    return negative ? -magnitude : magnitude;
  }

  /** Decides acceptance with as many bits as it takes; null if the point is rejected. */
  private @Nullable BigInteger decide(int column, long x, int y) {
    int block = 0;
    BigInteger position;
    if (column == StripTable.LAST) {
      // Blocks of width one with heights halving: a fair coin for each step outwards.
      while ((bits.nextLong() & 1) == 1) {
        block++;
      }
      long fraction =
          ((x & ((1L << STRIP_BITS) - 1)) << (X_BITS - STRIP_BITS))
              | (bits.nextLong() >>> (64 - (X_BITS - STRIP_BITS)));
      position =
          BigInteger.valueOf(block)
              .shiftLeft(X_BITS)
              .add(BigInteger.valueOf((long) StripTable.LAST << STRIP_BITS))
              .add(BigInteger.valueOf(fraction));
    } else {
      position = BigInteger.valueOf(x);
    }
    BigInteger height =
        BigInteger.valueOf(y).shiftLeft(50).or(BigInteger.valueOf(bits.nextLong() >>> 14));
    int xBits = X_BITS;
    int yBits = 64;
    // exp in double: exact height ratio to 2^-47 relative, x known to 2^-56 at |x| < 2^11.
    double real = position.doubleValue() * X_UNIT;
    double ratio = Math.scalb(table.scale * Normal.kernel(real) / table.heights[column], block);
    double low = ratio * (1 - 0x1p-43);
    double high = ratio * (1 + 0x1p-43);
    double drawn = height.doubleValue() * 0x1p-64;
    acceptedBits = xBits;
    if (real < 24) {
      if (drawn * (1 + 0x1p-50) + 0x1p-64 < low) {
        return position;
      }
      if (drawn * (1 - 0x1p-50) > high) {
        return null;
      }
    }
    while (true) {
      int verdict = ExactKernel.compare(height, yBits, position, xBits, table, column, block);
      if (verdict != 0) {
        acceptedBits = xBits;
        return verdict < 0 ? position : null;
      }
      height = extend(height);
      position = extend(position);
      xBits += 64;
      yBits += 64;
    }
  }

  private BigInteger extend(BigInteger value) {
    return value.shiftLeft(64).or(new BigInteger(1, bytes(bits.nextLong())));
  }

  private static byte[] bytes(long word) {
    byte[] result = new byte[8];
    for (int i = 0; i < 8; i++) {
      result[i] = (byte) (word >>> (56 - 8 * i));
    }
    return result;
  }

  /** floor(sigma x + 1/2) for x in [position, position + 1) 2^-fraction, exactly. */
  private long round(BigInteger position, int fraction) {
    BigInteger mantissa = BigInteger.valueOf(sigmaMantissa);
    BigInteger x = position;
    int xBits = fraction;
    while (true) {
      int shift = xBits - sigmaExponent;
      BigInteger half = BigInteger.ONE.shiftLeft(shift - 1);
      BigInteger low = mantissa.multiply(x).add(half).shiftRight(shift);
      // The upper end is open: the largest value below it has the same floor unless it is exact.
      BigInteger high =
          mantissa
              .multiply(x.add(BigInteger.ONE))
              .add(half)
              .subtract(BigInteger.ONE)
              .shiftRight(shift);
      if (low.equals(high)) {
        return low.longValueExact();
      }
      x = extend(x);
      xBits += 64;
    }
  }
}
