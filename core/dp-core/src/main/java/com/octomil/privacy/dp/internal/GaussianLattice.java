package com.octomil.privacy.dp.internal;

import java.math.BigInteger;

/** exp(-k^2 / (2 sigma^2)): the discrete Gaussian of Canonne, Kamath and Steinke 2020. */
public final class GaussianLattice implements LatticeDensity {
  private final double sigma;
  private final BigInteger mantissaSquared;
  private final int exponent;

  /** The density with parameter sigma, a positive normal number. */
  public GaussianLattice(double sigma) {
    this.sigma = sigma;
    this.exponent = Math.getExponent(sigma) - 52;
    this.mantissaSquared = BigInteger.valueOf((long) Math.scalb(sigma, -exponent)).pow(2);
  }

  @Override
  public double scale() {
    return sigma;
  }

  @Override
  public double logRatio(long offset) {
    double x = offset / sigma;
    return -0.5 * x * x;
  }

  @Override
  public Bounds ratio(long offset, int precision) {
    // k^2 / (2 m^2 4^e), cut to 64 more bits than asked for.
    int bits = precision + 64;
    int shift = bits - 1 - 2 * exponent;
    BigInteger square = BigInteger.valueOf(offset).pow(2);
    BigInteger exact =
        shift >= 0
            ? square.shiftLeft(shift).divide(mantissaSquared)
            : square.divide(mantissaSquared.shiftLeft(-shift));
    BigInteger value = FixedPoint.exp(exact, bits, precision);
    BigInteger error = BigInteger.TWO;
    return new Bounds(value.subtract(error).max(BigInteger.ZERO), value.add(error));
  }
}
