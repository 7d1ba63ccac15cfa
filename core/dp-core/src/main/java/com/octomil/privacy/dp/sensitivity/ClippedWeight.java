package com.octomil.privacy.dp.sensitivity;

import com.octomil.privacy.dp.internal.Checks;

/**
 * Weight of one update in a weighted average: w of at most W (McMahan, Ramage, Talwar and Zhang
 * 2018, section 2: bounded-sensitivity estimators for the weighted average). The update is clipped
 * to C first and multiplied by w / W then, so whatever its weight it moves the weighted sum by at
 * most C. Immutable and thread-safe.
 *
 * @param weight w, 1 to {@code maxWeight}
 * @param maxWeight W, the public cap, 1 to {@link #MAX_WEIGHT}
 */
public record ClippedWeight(int weight, int maxWeight) {
  /** Largest cap. */
  public static final int MAX_WEIGHT = 1 << 24;

  public ClippedWeight {
    if (maxWeight < 1 || maxWeight > MAX_WEIGHT) {
      throw Checks.invalid("max_weight", maxWeight, "from 1 to " + MAX_WEIGHT);
    }
    if (weight < 1 || weight > maxWeight) {
      throw Checks.invalid("weight", weight, "from 1 to max_weight, " + maxWeight);
    }
  }

  /**
   * The weight of a device with so many examples: min(examples, maxWeight).
   *
   * @throws IllegalArgumentException if there are no examples
   */
  public static ClippedWeight ofExamples(int examples, int maxWeight) {
    if (examples < 1) {
      throw Checks.invalid("examples", examples, "at least 1");
    }
    return new ClippedWeight(Math.min(examples, maxWeight), maxWeight);
  }

  /**
   * The update clipped to {@code clipNorm} in L2 and multiplied by w / W, in binary64.
   *
   * @throws IllegalArgumentException if a coordinate is not finite
   */
  public double[] apply(float[] update, double clipNorm) {
    Checks.positive("clip_norm", clipNorm);
    double sum = 0;
    for (int i = 0; i < update.length; i++) {
      if (!Float.isFinite(update[i])) {
        throw Checks.invalid("update[" + i + "]", update[i], "a finite number");
      }
      sum += (double) update[i] * update[i];
    }
    // Squares of binary32 values neither overflow binary64 nor vanish in it.
    double norm = Math.sqrt(sum);
    double shorten = norm > clipNorm ? clipNorm / norm : 1;
    double[] weighted = new double[update.length];
    for (int i = 0; i < weighted.length; i++) {
      weighted[i] = update[i] * shorten * weight / maxWeight;
    }
    return weighted;
  }
}
