package com.octomil.privacy.dp.sensitivity;

import com.octomil.privacy.dp.internal.Checks;

/**
 * Adaptive clipping of Andrew, Thakkar, McMahan and Ramaswamy 2021.
 *
 * <p>Each device adds one bit, whether its update was within the clipping norm C, shifted to -1/2
 * or 1/2. The noisy share of such devices moves C towards the quantile: C' = C exp(-rate (share -
 * quantile)), so C *shrinks* when more devices than wanted are within it. The share divides by the
 * public expected cohort, never by a private count.
 *
 * <p>Update and bit are one Gaussian release: with noise multiplier z for the round and noise
 * standard deviation s_b on the sum of bits (sensitivity 1/2), the update gets z_delta = (z^-2 - (2
 * s_b)^-2)^-1/2, and the round is charged once, at z. Immutable and thread-safe.
 *
 * @param quantile wanted share of unclipped updates, in (0, 1)
 * @param learningRate step of the logarithm of the norm, above 0
 * @param bitNoise standard deviation s_b of the noise on the sum of bits
 * @param expectedCohort public denominator
 */
public record AdaptiveClipping(
    double quantile, double learningRate, double bitNoise, double expectedCohort) {
  /**
   * A share of unclipped updates is believed up to so many deviations of its noise beyond [0, 1];
   * one of honest devices lies farther out in two rounds of 10^9.
   */
  private static final double DEVIATIONS = 6;

  public AdaptiveClipping {
    if (!(quantile > 0 && quantile < 1)) {
      throw Checks.invalid("quantile", quantile, "a number greater than 0 and less than 1");
    }
    Checks.positive("learning_rate", learningRate);
    Checks.positive("bit_noise", bitNoise);
    Checks.positive("expected_cohort", expectedCohort);
  }

  /** A device's contribution in halves: +1 if its update was within the norm, else -1. */
  public static int bit(double updateNorm, double clipNorm) {
    return updateNorm <= clipNorm ? 1 : -1;
  }

  /** The same for an update, whose L2 norm is taken in binary64. */
  public static int bit(float[] update, double clipNorm) {
    double sum = 0;
    // Squares of binary32 values neither overflow binary64 nor vanish in it.
    for (float value : update) {
      sum += (double) value * value;
    }
    return bit(Math.sqrt(sum), clipNorm);
  }

  /**
   * Noise multiplier of the update such that update and bit together cost as one round at {@code
   * noiseMultiplier}, rounded up.
   *
   * @throws IllegalArgumentException if the bit's noise alone already costs more
   */
  public double updateNoiseMultiplier(double noiseMultiplier) {
    Checks.positive("noise_multiplier", noiseMultiplier);
    double bit = 1 / (2 * bitNoise);
    double left = 1 / (noiseMultiplier * noiseMultiplier) - bit * bit;
    if (!(left > 0)) {
      throw Checks.invalid(
          "bit_noise", bitNoise, "above half the noise multiplier " + noiseMultiplier);
    }
    return 1 / Math.sqrt(left) * (1 + 0x1p-48);
  }

  /** Noise multiplier at which a round with these two noises is charged, rounded down. */
  public double chargedNoiseMultiplier(double updateNoiseMultiplier) {
    Checks.positive("noise_multiplier", updateNoiseMultiplier);
    double bit = 1 / (2 * bitNoise);
    return 1
        / Math.sqrt(1 / (updateNoiseMultiplier * updateNoiseMultiplier) + bit * bit)
        * (1 - 0x1p-50);
  }

  /**
   * The released share of unclipped updates, kept within what noise explains: devices that send
   * something else than their bit cannot move the norm farther in one round than {@code
   * exp(learningRate * (max(quantile, 1 - quantile) + 6 * bitNoise / expectedCohort))}.
   *
   * @param noisySumOfHalves sum of the devices' +1 and -1, with noise of standard deviation {@code
   *     2 * bitNoise} added
   */
  public double share(double noisySumOfHalves) {
    double room = DEVIATIONS * bitNoise / expectedCohort;
    double share = 0.5 * noisySumOfHalves / expectedCohort + 0.5;
    return Math.max(-room, Math.min(1 + room, share));
  }

  /**
   * The next clipping norm, the same on every machine.
   *
   * @param noisySumOfHalves as in {@link #share}
   */
  public double next(double clipNorm, double noisySumOfHalves) {
    Checks.positive("clip_norm", clipNorm);
    return clipNorm * StrictMath.exp(-learningRate * (share(noisySumOfHalves) - quantile));
  }
}
