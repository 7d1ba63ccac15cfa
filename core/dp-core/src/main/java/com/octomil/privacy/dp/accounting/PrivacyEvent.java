package com.octomil.privacy.dp.accounting;

/** One round: a mechanism on the devices that a sampler chose. */
public record PrivacyEvent(Mechanism mechanism, Sampling sampling) {
  /** Gaussian noise on all devices. */
  public static PrivacyEvent gaussian(double noiseMultiplier) {
    return new PrivacyEvent(new Mechanism.Gaussian(noiseMultiplier), new Sampling.None());
  }

  /** Gaussian noise on a Poisson sample; a rate of 1 is no sampling. */
  public static PrivacyEvent sampledGaussian(double noiseMultiplier, double rate) {
    return new PrivacyEvent(
        new Mechanism.Gaussian(noiseMultiplier),
        rate == 1 ? new Sampling.None() : new Sampling.Poisson(rate));
  }
}
