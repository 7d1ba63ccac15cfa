package com.octomil.privacy.dp.internal;

import java.math.BigInteger;

/**
 * A log-concave probability function on the integers, relative to its mode, which is at offset 0.
 * Immutable and thread-safe.
 */
public interface LatticeDensity {
  /** About one standard deviation; decides how wide the columns of the sampler are. */
  double scale();

  /**
   * log(f(offset)/f(0)) with an error below 2^-40 (1 + |result|); minus infinity where f is zero.
   */
  double logRatio(long offset);

  /**
   * Bounds of f(offset)/f(0), which is not zero, in units of 2^-precision, at most a few units
   * apart.
   */
  Bounds ratio(long offset, int precision);

  /** An interval. */
  record Bounds(BigInteger lower, BigInteger upper) {}
}
