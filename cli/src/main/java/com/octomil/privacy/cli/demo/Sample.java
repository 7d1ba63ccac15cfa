package com.octomil.privacy.cli.demo;

import java.util.Arrays;

/** One sample: scaled features and a label. Immutable. */
public final class Sample {

  private final double[] features;
  private final int label;

  /**
   * Copies the features.
   *
   * @param features finite values
   * @param label not negative
   */
  public Sample(double[] features, int label) {
    if (label < 0) {
      throw new IllegalArgumentException("label is " + label + "; it must not be negative");
    }
    for (double value : features) {
      if (!Double.isFinite(value)) {
        throw new IllegalArgumentException("a feature is " + value + "; it must be finite");
      }
    }
    this.features = features.clone();
    this.label = label;
  }

  /**
   * Number of features.
   *
   * @return zero or more
   */
  public int size() {
    return features.length;
  }

  /**
   * One feature.
   *
   * @param index from 0
   * @return its value
   */
  public double feature(int index) {
    return features[index];
  }

  /**
   * The class of the sample.
   *
   * @return from 0
   */
  public int label() {
    return label;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Sample sample
        && label == sample.label
        && Arrays.equals(features, sample.features);
  }

  @Override
  public int hashCode() {
    return 31 * Arrays.hashCode(features) + label;
  }
}
