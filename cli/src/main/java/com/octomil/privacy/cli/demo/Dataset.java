package com.octomil.privacy.cli.demo;

import java.util.List;

/**
 * Labelled samples with scaled features.
 *
 * @param samples the samples
 * @param features number of features of every sample
 * @param classes number of classes; labels are 0 to classes - 1
 */
public record Dataset(List<Sample> samples, int features, int classes) {

  /** Copies and checks every sample. */
  public Dataset {
    samples = List.copyOf(samples);
    if (features < 1 || classes < 2) {
      throw new IllegalArgumentException(
          features + " features and " + classes + " classes; at least 1 and 2 are needed");
    }
    for (Sample sample : samples) {
      if (sample.size() != features) {
        throw new IllegalArgumentException(
            "a sample has " + sample.size() + " features; the data set has " + features);
      }
      if (sample.label() >= classes) {
        throw new IllegalArgumentException(
            "label " + sample.label() + " is not below the number of classes, " + classes);
      }
    }
  }

  /**
   * Number of samples.
   *
   * @return zero or more
   */
  public int size() {
    return samples.size();
  }

  /**
   * The same kind of data with other samples.
   *
   * @param chosen the samples
   * @return a new data set
   */
  public Dataset with(List<Sample> chosen) {
    return new Dataset(chosen, features, classes);
  }

  /**
   * How many samples each class has.
   *
   * @return counts by label
   */
  public int[] histogram() {
    int[] counts = new int[classes];
    for (Sample sample : samples) {
      counts[sample.label()]++;
    }
    return counts;
  }
}
