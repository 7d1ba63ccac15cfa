package com.octomil.privacy.aggregator.domain;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * State of FedAdam after a round of a job: moving averages of the average update and of its square,
 * coordinate by coordinate. Immutable.
 */
public final class Moments {
  private final JobId job;
  private final double[] first;
  private final double[] second;

  private Moments(JobId job, double[] first, double[] second) {
    if (first.length != second.length) {
      throw new IllegalArgumentException(
          "the moments have " + first.length + " and " + second.length + " coordinates");
    }
    this.job = job;
    this.first = first;
    this.second = second;
  }

  /** Before the first round of a job: zero, and tau^2. */
  static Moments initial(JobId job, int length, double tau) {
    double[] second = new double[length];
    Arrays.fill(second, tau * tau);
    return new Moments(job, new double[length], second);
  }

  /**
   * Reads what {@link #firstOctets} and {@link #secondOctets} wrote.
   *
   * @throws IllegalArgumentException if the lengths differ
   */
  public static Moments ofOctets(JobId job, byte[] first, byte[] second) {
    return new Moments(job, decode(first), decode(second));
  }

  /** The job whose rounds they average; another job on the model begins anew. */
  public JobId job() {
    return job;
  }

  /** Binary64, little-endian. */
  public byte[] firstOctets() {
    return encode(first);
  }

  /** Binary64, little-endian. */
  public byte[] secondOctets() {
    return encode(second);
  }

  /** The moments after another average update. */
  Moments after(double[] average, double beta1, double beta2) {
    if (average.length != first.length) {
      throw new IllegalArgumentException(
          "the update has " + average.length + " coordinates and the moments have " + first.length);
    }
    double[] m = new double[first.length];
    double[] v = new double[second.length];
    for (int i = 0; i < m.length; i++) {
      m[i] = beta1 * first[i] + (1 - beta1) * average[i];
      v[i] = beta2 * second[i] + (1 - beta2) * (average[i] * average[i]);
    }
    return new Moments(job, m, v);
  }

  /** The direction to move coordinate {@code i} in. */
  double direction(int i, double tau) {
    return first[i] / (Math.sqrt(second[i]) + tau);
  }

  private static byte[] encode(double[] values) {
    byte[] octets = new byte[Math.multiplyExact(values.length, Double.BYTES)];
    ByteBuffer.wrap(octets).order(ByteOrder.LITTLE_ENDIAN).asDoubleBuffer().put(values);
    return octets;
  }

  private static double[] decode(byte[] octets) {
    double[] values = new double[octets.length / Double.BYTES];
    ByteBuffer.wrap(octets).order(ByteOrder.LITTLE_ENDIAN).asDoubleBuffer().get(values);
    return values;
  }
}
