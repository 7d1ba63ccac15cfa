package com.octomil.privacy.aggregator.domain;

import com.octomil.privacy.dp.sensitivity.ClippedWeight;

/**
 * Weighted average: an update counts as its number of examples, at most {@code maxWeight}.
 *
 * @param maxWeight public cap W of a weight
 * @param counted whether devices append their weight as a masked coordinate; never beside
 *     differential privacy, whose noise does not cover it
 */
public record Weighting(int maxWeight, boolean counted) {
  public Weighting {
    if (maxWeight < 1 || maxWeight > ClippedWeight.MAX_WEIGHT) {
      throw new IllegalArgumentException(
          "max_examples is "
              + maxWeight
              + "; it must be between 1 and "
              + ClippedWeight.MAX_WEIGHT);
    }
  }

  /** Coordinates after those of the model. */
  public int counters() {
    return counted ? 1 : 0;
  }
}
