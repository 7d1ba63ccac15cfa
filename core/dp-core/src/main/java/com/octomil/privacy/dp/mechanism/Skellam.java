package com.octomil.privacy.dp.mechanism;

import com.octomil.privacy.dp.internal.BitSource;
import com.octomil.privacy.dp.internal.Checks;
import com.octomil.privacy.dp.internal.LatticeDraw;
import com.octomil.privacy.dp.internal.PoissonLattice;
import com.octomil.privacy.dp.random.KeystreamRandom;

/**
 * Exact samples of the symmetric Skellam distribution (Agarwal, Kairouz and Liu 2021, arXiv
 * 2110.04995): the difference of two independent Poisson variables of half the variance each.
 *
 * <p>Both are drawn exactly, as distances from their common mode, which the difference cancels; so
 * counts beyond the range of a long are no limit. Sums of Skellam variables are Skellam, with the
 * variances added. Not thread-safe: one instance per thread.
 */
public final class Skellam implements IntegerNoise {
  /** Smallest and largest supported variance. */
  public static final double MIN_VARIANCE = 0x1p-40;

  public static final double MAX_VARIANCE = 0x1p80;

  private final LatticeDraw draw;

  /** The sampler with the given variance, from 2^-40 to 2^80. */
  public static Skellam ofVariance(double variance) {
    return new Skellam(variance, new KeystreamRandom());
  }

  /** Only for tests of this module, which replay known bits. */
  Skellam(double variance, BitSource bits) {
    Checks.within("variance", variance, MIN_VARIANCE, MAX_VARIANCE);
    this.draw = new LatticeDraw(new PoissonLattice(variance / 2), bits);
  }

  @Override
  public long sample() {
    long up = draw.next();
    long down = draw.next();
    return up - down;
  }
}
