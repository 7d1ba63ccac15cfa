package com.octomil.privacy.dp.mechanism;

import com.octomil.privacy.dp.internal.BitSource;
import com.octomil.privacy.dp.internal.Checks;
import com.octomil.privacy.dp.internal.GaussianLattice;
import com.octomil.privacy.dp.internal.LatticeDraw;
import com.octomil.privacy.dp.random.KeystreamRandom;

/**
 * Exact samples of the discrete Gaussian of Canonne, Kamath and Steinke 2020 (arXiv 2004.00010):
 * Pr[k] is proportional to exp(-k^2 / (2 sigma^2)) on the integers.
 *
 * <p>Its variance is at most sigma^2, and next to equal to it from sigma = 1 on. The distribution
 * is theirs; the method is not their Algorithm 3 but rejection from an envelope with exact integer
 * weights, decided in integer arithmetic whenever the first bits do not. Not thread-safe: one
 * instance per thread.
 */
public final class DiscreteGaussian implements IntegerNoise {
  /** Smallest and largest supported sigma. */
  public static final double MIN_SIGMA = 0x1p-20;

  public static final double MAX_SIGMA = 0x1p40;

  private final LatticeDraw draw;

  /** The sampler with parameter {@code sigma}, from 2^-20 to 2^40. */
  public static DiscreteGaussian of(double sigma) {
    return new DiscreteGaussian(sigma, new KeystreamRandom());
  }

  /** Only for tests of this module, which replay known bits. */
  DiscreteGaussian(double sigma, BitSource bits) {
    this.draw =
        new LatticeDraw(
            new GaussianLattice(Checks.within("sigma", sigma, MIN_SIGMA, MAX_SIGMA)), bits);
  }

  @Override
  public long sample() {
    return draw.next();
  }
}
