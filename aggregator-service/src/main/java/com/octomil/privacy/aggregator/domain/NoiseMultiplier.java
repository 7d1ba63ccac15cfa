package com.octomil.privacy.aggregator.domain;

/** Standard deviation z of the noise on a sum, relative to the clipping norm. */
public record NoiseMultiplier(double value) {
  public NoiseMultiplier {
    if (!(value > 0 && Double.isFinite(value))) {
      throw new IllegalArgumentException(
          "noise_multiplier is " + value + "; it must be finite and greater than 0");
    }
  }
}
