package com.octomil.privacy.dp.internal;

import java.math.BigDecimal;
import java.math.BigInteger;

/** The Poisson distribution, offsets counted from its mode floor(mean). */
public final class PoissonLattice implements LatticeDensity {
  /** Below it factorials are taken from their own logarithms, above it from Stirling's series. */
  private static final int SMALL = 64;

  /** From here on Stirling's series serves the exact bounds. */
  private static final int LARGE_BITS = 17;

  private static final int MAX_PRODUCT = 4096;
  private static final double[] LOG_FACTORIALS = logFactorials();

  private final double mean;
  private final BigInteger mode;
  private final double modeAsDouble;

  /** mean = meanUnits 2^-meanBits exactly. */
  private final BigInteger meanUnits;

  private final int meanBits;

  /** log(mean/mode) for a mode above zero. */
  private final double logExcess;

  private final long lowest;

  /** The distribution with the given mean, from 2^-60 to 2^100. */
  public PoissonLattice(double mean) {
    this.mean = mean;
    BigDecimal exact = new BigDecimal(mean);
    this.mode = exact.toBigInteger();
    this.modeAsDouble = mode.doubleValue();
    this.meanBits = Math.max(0, 52 - Math.getExponent(mean));
    this.meanUnits =
        exact.multiply(new BigDecimal(BigInteger.ONE.shiftLeft(meanBits))).toBigIntegerExact();
    this.logExcess =
        Math.log1p(exact.subtract(new BigDecimal(mode)).doubleValue() / Math.max(1, modeAsDouble));
    this.lowest = mode.bitLength() < Long.SIZE - 1 ? -mode.longValueExact() : Long.MIN_VALUE;
  }

  @Override
  public double scale() {
    return Math.sqrt(mean);
  }

  @Override
  public double logRatio(long offset) {
    if (offset < lowest) {
      return Double.NEGATIVE_INFINITY;
    }
    double m = modeAsDouble;
    double n = m + offset;
    if (m < SMALL || n < SMALL / 4) {
      return offset * Math.log(mean) - (logFactorial(n) - logFactorial(m));
    }
    // log of mean^offset m!/n! without cancellation: Stirling at n minus Stirling at m.
    double u = offset / m;
    return offset * logExcess
        - m * deviance(u)
        - 0.5 * Math.log1p(u)
        - (stirlingTail(n) - stirlingTail(m));
  }

  /** (1+u) log(1+u) - u. */
  private static double deviance(double u) {
    if (Math.abs(u) > 0.1) {
      return (1 + u) * Math.log1p(u) - u;
    }
    double sum = 0;
    double power = u * u;
    for (int k = 2; k < 20 && power != 0; k++) {
      sum += power / (k * (k - 1.0));
      power *= -u;
    }
    return sum;
  }

  private static double logFactorial(double n) {
    return n < SMALL
        ? LOG_FACTORIALS[(int) n]
        : (n + 0.5) * Math.log(n) - n + 0.5 * Math.log(2 * Math.PI) + stirlingTail(n);
  }

  private static double stirlingTail(double n) {
    double square = n * n;
    return (1.0 / 12
            - (1.0 / 360 - (1.0 / 1260 - (1.0 / 1680 - 1.0 / 1188 / square) / square) / square)
                / square)
        / n;
  }

  private static double[] logFactorials() {
    double[] logs = new double[SMALL];
    BigInteger factorial = BigInteger.ONE;
    for (int n = 1; n < SMALL; n++) {
      factorial = factorial.multiply(BigInteger.valueOf(n));
      logs[n] = StrictMath.log(factorial.doubleValue());
    }
    return logs;
  }

  @Override
  public Bounds ratio(long offset, int precision) {
    BigInteger n = mode.add(BigInteger.valueOf(offset));
    boolean series = Math.min(mode.bitLength(), n.bitLength()) > LARGE_BITS;
    return series && Math.abs(offset) > MAX_PRODUCT
        ? bySeries(offset, precision)
        : byProduct(offset, precision);
  }

  /** The product of the ratios of neighbours, all at most 1, each cut down to whole units. */
  Bounds byProduct(long offset, int precision) {
    BigInteger product = BigInteger.ONE.shiftLeft(precision + 64);
    for (long i = 1; i <= offset; i++) {
      product =
          product.multiply(meanUnits).shiftRight(meanBits).divide(mode.add(BigInteger.valueOf(i)));
    }
    for (long i = 0; i < -offset; i++) {
      product =
          product
              .multiply(mode.subtract(BigInteger.valueOf(i)))
              .shiftLeft(meanBits)
              .divide(meanUnits);
    }
    // Two cuts a factor, and later factors do not enlarge them.
    BigInteger error = BigInteger.valueOf(Math.abs(offset)).shiftLeft(1);
    return new Bounds(
        product.shiftRight(64), product.add(error).shiftRight(64).add(BigInteger.ONE));
  }

  /** Stirling's series at n and at the mode, in fixed point. */
  Bounds bySeries(long offset, int precision) {
    BigInteger n = mode.add(BigInteger.valueOf(offset));
    // Series terms and the factor n enlarge the error of a unit by less than 2^64 n^2.
    int bits = precision + 128 + 2 * n.max(mode).bitLength();
    BigInteger shift = BigInteger.valueOf(offset);
    BigInteger logMean = FixedPoint.log(meanUnits, mode.shiftLeft(meanBits), bits);
    BigInteger logN = FixedPoint.log(n, mode, bits);
    BigInteger result =
        shift
            .multiply(logMean)
            .subtract(n.multiply(logN))
            .subtract(logN.shiftRight(1))
            .add(shift.shiftLeft(bits))
            .subtract(FixedPoint.stirlingTail(n, bits))
            .add(FixedPoint.stirlingTail(mode, bits));
    BigInteger value = FixedPoint.exp(result.negate().max(BigInteger.ZERO), bits, precision);
    BigInteger error = BigInteger.TWO;
    return new Bounds(value.subtract(error).max(BigInteger.ZERO), value.add(error));
  }
}
