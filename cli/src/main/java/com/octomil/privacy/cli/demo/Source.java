package com.octomil.privacy.cli.demo;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * Where the data of a demonstration come from, how they are scaled and how devices train on them.
 */
public enum Source {
  /** 569 tumours, 30 features, malignant or benign. */
  BREAST_CANCER("breast-cancer", "breast_cancer.csv", 1, 2, new Hyperparameters(10, 1.0, 1.0)) {
    @Override
    Function<double[], double[]> scaling() {
      return RangeScaling.fromResource("breast_cancer_ranges.csv");
    }
  },
  /** 1797 handwritten digits, 64 pixels, ten classes. */
  DIGITS("digits", "digits.csv", 0, 10, new Hyperparameters(20, 0.5, 1.0)) {
    @Override
    Function<double[], double[]> scaling() {
      return Source::scalePixels;
    }
  };

  private static final double LARGEST_PIXEL = 16;

  private final String id;
  private final String file;
  private final int headerLines;
  private final int classes;
  private final Hyperparameters hyperparameters;

  Source(String id, String file, int headerLines, int classes, Hyperparameters hyperparameters) {
    this.id = id;
    this.file = file;
    this.headerLines = headerLines;
    this.classes = classes;
    this.hyperparameters = hyperparameters;
  }

  /** How features become numbers of about unit size. Uses public constants only. */
  abstract Function<double[], double[]> scaling();

  private static double[] scalePixels(double[] pixels) {
    double[] scaled = new double[pixels.length];
    for (int i = 0; i < pixels.length; i++) {
      scaled[i] = 2 * pixels[i] / LARGEST_PIXEL - 1;
    }
    return scaled;
  }

  /**
   * How devices train on it.
   *
   * @return settings that suit this data
   */
  public Hyperparameters hyperparameters() {
    return hyperparameters;
  }

  /**
   * Reads and scales all samples.
   *
   * @return the data in the order of the file
   */
  public Dataset load() {
    Function<double[], double[]> scaling = scaling();
    List<Sample> samples = new ArrayList<>();
    for (String line : lines(file, headerLines)) {
      String[] cells = line.split(",", -1);
      double[] features = new double[cells.length - 1];
      for (int i = 0; i < features.length; i++) {
        features[i] = Double.parseDouble(cells[i]);
      }
      samples.add(new Sample(scaling.apply(features), Integer.parseInt(cells[cells.length - 1])));
    }
    return new Dataset(samples, samples.getFirst().size(), classes);
  }

  /** Lines of a text file beside this class, without its header and without empty lines. */
  static List<String> lines(String file, int headerLines) {
    InputStream resource = Source.class.getResourceAsStream(file);
    if (resource == null) {
      throw new IllegalStateException(file + " is missing from the class path");
    }
    try (BufferedReader reader =
        new BufferedReader(new InputStreamReader(resource, StandardCharsets.US_ASCII))) {
      return reader.lines().skip(headerLines).filter(line -> !line.isBlank()).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(file + " cannot be read", e);
    }
  }

  /** The name on the command line. */
  @Override
  public String toString() {
    return id;
  }
}
