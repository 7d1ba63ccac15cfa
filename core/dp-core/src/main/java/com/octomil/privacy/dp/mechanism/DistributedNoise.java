package com.octomil.privacy.dp.mechanism;

import com.octomil.privacy.dp.accounting.Adjacency;
import com.octomil.privacy.dp.accounting.Mechanism;
import com.octomil.privacy.dp.accounting.PrivacyEvent;
import com.octomil.privacy.dp.accounting.Sampling;
import com.octomil.privacy.dp.internal.Checks;
import com.octomil.privacy.dp.sensitivity.GridEncoder;

/**
 * Noise that the devices add themselves, each a share, so that nobody ever sees a sum without
 * noise.
 *
 * <p>A share is provisioned for the minimum number of contributors whose noise can be relied on:
 * the minimum number of survivors less the devices that may be corrupt, since these know their own
 * shares and may leave them out. With more contributors the sum only gains noise, which is
 * post-processing, so the charge for the minimum holds for every round that is published. A round
 * with fewer must not be published.
 *
 * <p>Skellam shares add up to a Skellam variable exactly (Agarwal, Kairouz and Liu 2021, arXiv
 * 2110.04995). Discrete Gaussian shares add up to something close to a discrete Gaussian, and the
 * distance is charged (Kairouz, Liu and Steinke 2021, arXiv 2102.06387, Proposition 14). Immutable
 * and thread-safe.
 *
 * @param distribution distribution of a share
 * @param shareVariance variance of a Skellam share, or sigma^2 of a discrete Gaussian one, on the
 *     integer grid
 * @param minContributors fewest contributors of a published round whose noise can be relied on
 */
public record DistributedNoise(
    Distribution distribution, double shareVariance, int minContributors) {

  /** Distribution of a share. */
  public enum Distribution {
    SKELLAM,
    DISCRETE_GAUSSIAN
  }

  /** Below sigma = 1/2 the sum of discrete Gaussians has no useful bound. */
  private static final double MIN_GAUSSIAN_VARIANCE = 0.25;

  /** Covers the rounding of what is computed here, in the direction that costs more. */
  private static final double UP = 1 + 0x1p-44;

  public DistributedNoise {
    Checks.within("min_contributors", minContributors, 1, Integer.MAX_VALUE);
    if (distribution == Distribution.SKELLAM) {
      Checks.within("share_variance", shareVariance, Skellam.MIN_VARIANCE, Skellam.MAX_VARIANCE);
    } else {
      Checks.within("share_variance", shareVariance, MIN_GAUSSIAN_VARIANCE, 0x1p80);
    }
  }

  /**
   * Shares that add up to at least the given variance.
   *
   * @param variance wanted variance of the sum on the integer grid, for example (z R)^2 with noise
   *     multiplier z and integer radius R
   * @param minContributors fewest contributors of a published round whose noise can be relied on
   */
  public static DistributedNoise provision(
      Distribution distribution, double variance, int minContributors) {
    Checks.positive("variance", variance);
    Checks.within("min_contributors", minContributors, 1, Integer.MAX_VALUE);
    return new DistributedNoise(
        distribution, Math.nextUp(variance / minContributors) * UP, minContributors);
  }

  /**
   * Skellam shares for a round: whoever survives, those of them that are not corrupt carry noise of
   * standard deviation {@code noiseMultiplier * radius}.
   *
   * @param noiseMultiplier wanted standard deviation over the clipping norm
   * @param radius integer clipping radius R
   * @param minSurvivors fewest devices in a published sum
   * @param cohort most devices in a round
   * @param corruptFraction fraction of the cohort that may leave its share out
   * @throws IllegalArgumentException if all of the minimum of survivors may be corrupt
   */
  public static DistributedNoise forRound(
      double noiseMultiplier, double radius, int minSurvivors, int cohort, double corruptFraction) {
    Checks.positive("noise_multiplier", noiseMultiplier);
    int corrupt = (int) Math.floor(corruptFraction * cohort);
    if (minSurvivors - corrupt < 1) {
      throw new IllegalArgumentException(
          corrupt
              + " of "
              + cohort
              + " devices may be corrupt, and "
              + minSurvivors
              + " are enough for a sum: it could be without any noise");
    }
    double deviation = noiseMultiplier * radius;
    return provision(Distribution.SKELLAM, deviation * deviation * UP, minSurvivors - corrupt);
  }

  /** A device's source of its share. Not thread-safe, one for each thread. */
  public IntegerNoise share() {
    return distribution == Distribution.SKELLAM
        ? Skellam.ofVariance(shareVariance)
        : DiscreteGaussian.of(Math.sqrt(shareVariance) * UP);
  }

  /**
   * Variance parameter of the sum of that many shares, rounded down.
   *
   * @throws IllegalArgumentException for fewer than the minimum, of which nothing may be published
   */
  public double variance(int contributors) {
    Checks.within("contributors", contributors, minContributors, Integer.MAX_VALUE);
    return Math.nextDown(shareVariance * contributors);
  }

  /**
   * What a round costs: the charge for the minimum of contributors.
   *
   * @param encoder the encoding of the updates, whose integer norm is checked exactly
   * @param dimension coordinates of an update
   * @param adjacency the neighbouring relation under which the event will be composed
   */
  public PrivacyEvent event(GridEncoder encoder, long dimension, Adjacency adjacency) {
    Checks.within("dimension", dimension, 1, Integer.MAX_VALUE);
    double l2 = Math.sqrt((double) encoder.maxNormSquared()) * UP;
    Mechanism mechanism =
        distribution == Distribution.SKELLAM
            ? new Mechanism.Skellam(variance(minContributors), l2, l1(encoder, dimension))
            : new Mechanism.ZeroConcentrated(rho(adjacency.sensitivity() * l2, dimension));
    return new PrivacyEvent(mechanism, new Sampling.None());
  }

  /** Integers satisfy |k| <= k^2, and any vector |x|_1 <= sqrt(d) |x|_2. */
  private static double l1(GridEncoder encoder, long dimension) {
    double squared = encoder.maxNormSquared();
    return Math.min(squared, Math.sqrt(squared) * Math.sqrt((double) dimension)) * UP;
  }

  /** zCDP of the sum of discrete Gaussians, third bound of Proposition 14. */
  private double rho(double sensitivity, long dimension) {
    double tau = 0;
    // The terms decrease towards exp(-2 pi^2 sigma^2): from a thousand on they count as the last.
    int terms = minContributors - 1;
    int summed = Math.min(terms, 1000);
    for (int k = 1; k <= summed; k++) {
      tau += tauTerm(k);
    }
    tau += (terms - summed) * tauTerm(summed);
    tau *= 10 * UP;
    double epsilon =
        sensitivity / Math.sqrt(variance(minContributors)) + tau * Math.sqrt((double) dimension);
    return 0.5 * epsilon * epsilon * UP;
  }

  private double tauTerm(int k) {
    return Math.exp(-2 * Math.PI * Math.PI * shareVariance * k / (k + 1.0));
  }

  /**
   * Bound on the absolute value of the summed noise in every coordinate, for the width of the ring.
   *
   * @param contributors most contributors of a round
   * @param dimension coordinates
   * @param failureBits the bound is exceeded anywhere with probability at most 2^-failureBits
   */
  public long tailBound(int contributors, long dimension, int failureBits) {
    Checks.within("contributors", contributors, 1, Integer.MAX_VALUE);
    Checks.within("dimension", dimension, 1, Integer.MAX_VALUE);
    Checks.within("failure_bits", failureBits, 1, 256);
    double variance = shareVariance * contributors * UP;
    // 2 d exp(-x) = 2^-bits.
    double x = (failureBits + 1) * Math.log(2) + Math.log((double) dimension);
    // Skellam: log E exp(sX) = v (cosh s - 1) <= v s^2/2 / (1 - s/3), so Bernstein's inequality
    // holds, t^2 = 2x (v + t/3). A discrete Gaussian is sub-Gaussian: t^2 = 2x v.
    double linear = distribution == Distribution.SKELLAM ? x / 3 : 0;
    double bound = linear + Math.sqrt(linear * linear + 2 * x * variance);
    return (long) Math.ceil(bound * UP);
  }
}
