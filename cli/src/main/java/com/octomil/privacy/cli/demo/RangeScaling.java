package com.octomil.privacy.cli.demo;

import java.util.List;
import java.util.function.Function;

/**
 * Scales a feature by its published range: position in the range from 0 to 1, square root against
 * the right skew of sizes and areas, then to -1.5 to 1.5. Values outside the range are moved to its
 * end.
 */
final class RangeScaling implements Function<double[], double[]> {

  private static final double SPREAD = 3;

  private final double[] minimum;
  private final double[] maximum;

  private RangeScaling(double[] minimum, double[] maximum) {
    this.minimum = minimum;
    this.maximum = maximum;
  }

  /**
   * Reads ranges from lines {@code feature,minimum,maximum} after one header line.
   *
   * @param file name of the file beside this class
   * @return the scaling
   */
  static RangeScaling fromResource(String file) {
    List<String> lines = Source.lines(file, 1);
    double[] minimum = new double[lines.size()];
    double[] maximum = new double[lines.size()];
    for (int i = 0; i < minimum.length; i++) {
      String[] cells = lines.get(i).split(",", -1);
      minimum[i] = Double.parseDouble(cells[1]);
      maximum[i] = Double.parseDouble(cells[2]);
      if (!(maximum[i] > minimum[i])) {
        throw new IllegalStateException(file + ": the range of " + cells[0] + " is empty");
      }
    }
    return new RangeScaling(minimum, maximum);
  }

  @Override
  public double[] apply(double[] features) {
    if (features.length != minimum.length) {
      throw new IllegalArgumentException(
          features.length + " features; ranges are known for " + minimum.length);
    }
    double[] scaled = new double[features.length];
    for (int i = 0; i < features.length; i++) {
      double position =
          Math.clamp((features[i] - minimum[i]) / (maximum[i] - minimum[i]), 0.0, 1.0);
      scaled[i] = SPREAD * (Math.sqrt(position) - 0.5);
    }
    return scaled;
  }
}
