package com.octomil.privacy.dp.mechanism;

import com.octomil.privacy.dp.internal.BitSource;
import com.octomil.privacy.dp.internal.Checks;
import com.octomil.privacy.dp.internal.NormalDraw;
import com.octomil.privacy.dp.random.KeystreamRandom;

/**
 * Exact samples of round(N(0, sigma^2)), the continuous normal rounded to the nearest integer.
 *
 * <p>A normal deviate is drawn as a lazily extended binary fraction by rejection from an envelope
 * with exact integer weights (in the spirit of Karney 2016, doi:10.1145/2710016); bits are added
 * until both the acceptance and the rounded integer are certain. No rounding error of a
 * floating-point number can change the result, so adding a sample to an integer equals rounding the
 * output of the continuous Gaussian mechanism, which is post-processing.
 *
 * <p>The bits come from a {@link KeystreamRandom}, which cannot be seeded. Not thread-safe: one
 * instance per thread.
 */
public final class RoundedGaussian implements IntegerNoise {
  /** Smallest and largest supported standard deviation. */
  public static final double MIN_SIGMA = 0x1p-20;

  public static final double MAX_SIGMA = 0x1p40;

  private final NormalDraw draw;

  /** The sampler with standard deviation {@code sigma}, from 2^-20 to 2^40. */
  public static RoundedGaussian of(double sigma) {
    return new RoundedGaussian(sigma, new KeystreamRandom());
  }

  /** Only for tests of this module, which replay known bits. */
  RoundedGaussian(double sigma, BitSource bits) {
    this.draw = new NormalDraw(Checks.within("sigma", sigma, MIN_SIGMA, MAX_SIGMA), bits);
  }

  @Override
  public long sample() {
    return draw.nextRounded();
  }
}
