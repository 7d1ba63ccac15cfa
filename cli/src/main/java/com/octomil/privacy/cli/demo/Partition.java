package com.octomil.privacy.cli.demo;

import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/**
 * Data divided between devices, and a test set that no device ever sees. Every sample is in exactly
 * one place.
 *
 * @param slices training data, one slice for each device
 * @param test held-out data
 */
public record Partition(List<Dataset> slices, Dataset test) {

  private static final double TEST_FRACTION = 0.2;

  /** Copies. */
  public Partition {
    slices = List.copyOf(slices);
  }

  /**
   * Holds out a fifth of each class and deals the rest to the devices like cards, so that slices
   * differ in size by at most one. The same seed gives the same partition.
   *
   * @param data everything
   * @param devices number of slices
   * @param seed of the shuffles; not a secret
   * @return the partition
   */
  public static Partition of(Dataset data, int devices, long seed) {
    RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
    List<Sample> test = new ArrayList<>();
    List<Sample> training = new ArrayList<>();
    for (int label = 0; label < data.classes(); label++) {
      int own = label;
      List<Sample> ofClass =
          new ArrayList<>(data.samples().stream().filter(s -> s.label() == own).toList());
      shuffle(ofClass, random);
      int held = (int) Math.round(TEST_FRACTION * ofClass.size());
      test.addAll(ofClass.subList(0, held));
      training.addAll(ofClass.subList(held, ofClass.size()));
    }
    if (devices < 1 || devices > training.size()) {
      throw new IllegalArgumentException(
          "devices is %d; there are %d training samples and every device needs one"
              .formatted(devices, training.size()));
    }
    shuffle(training, random);
    List<List<Sample>> hands = new ArrayList<>();
    for (int i = 0; i < devices; i++) {
      hands.add(new ArrayList<>());
    }
    for (int i = 0; i < training.size(); i++) {
      hands.get(i % devices).add(training.get(i));
    }
    return new Partition(hands.stream().map(data::with).toList(), data.with(test));
  }

  private static void shuffle(List<Sample> samples, RandomGenerator random) {
    for (int i = samples.size() - 1; i > 0; i--) {
      int j = random.nextInt(i + 1);
      Sample other = samples.get(j);
      samples.set(j, samples.get(i));
      samples.set(i, other);
    }
  }

  /**
   * Accuracy on the test set of always answering the commonest label of the training data.
   *
   * @return a fraction
   */
  public double constantAccuracy() {
    int[] counts = new int[test.classes()];
    for (Dataset slice : slices) {
      int[] own = slice.histogram();
      for (int label = 0; label < counts.length; label++) {
        counts[label] += own[label];
      }
    }
    int commonest = 0;
    for (int label = 1; label < counts.length; label++) {
      if (counts[label] > counts[commonest]) {
        commonest = label;
      }
    }
    return (double) test.histogram()[commonest] / test.size();
  }
}
