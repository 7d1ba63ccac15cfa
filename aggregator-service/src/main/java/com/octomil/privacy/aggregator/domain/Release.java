package com.octomil.privacy.aggregator.domain;

import com.octomil.privacy.dp.mechanism.RoundedGaussian;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;

/**
 * What a round lets out: the integer sum, noised where differential privacy is on, and what follows
 * from it by post-processing. Single use.
 */
public final class Release {
  private final long[] aggregate;

  private Release(long[] aggregate) {
    this.aggregate = aggregate;
  }

  /**
   * Adds round(N(0, (z R)^2)) to every coordinate of {@code sum}, in place, before anything else
   * sees it; nothing if the devices have added the noise. With clipping bits, which are released
   * apart, z is what they leave.
   *
   * @param sum the exact signed sum; taken over
   */
  public static Release of(long[] sum, Encoding encoding, Optional<Noise> noise) {
    noise
        .filter(own -> own.placement() == Noise.Placement.SERVER)
        .ifPresent(
            own -> RoundedGaussian.of(own.updateMultiplier() * encoding.radius()).addTo(sum));
    return new Release(sum);
  }

  /** A sum that was released before, int64 little-endian. */
  public static Release ofOctets(byte[] octets) {
    long[] sum = new long[octets.length / Long.BYTES];
    ByteBuffer.wrap(octets).order(ByteOrder.LITTLE_ENDIAN).asLongBuffer().get(sum);
    return new Release(sum);
  }

  /** What a sum of weighted updates is divided by: the sum of the weights w / W. */
  public static double denominator(long totalWeight, Weighting weighting) {
    return totalWeight / (double) weighting.maxWeight();
  }

  /** The released integers as int64, little-endian. */
  public byte[] aggregateOctets() {
    byte[] octets = new byte[aggregate.length * Long.BYTES];
    ByteBuffer.wrap(octets).order(ByteOrder.LITTLE_ENDIAN).asLongBuffer().put(aggregate);
    return octets;
  }

  /**
   * The average update: aggregate * gridStep / denominator, in binary64.
   *
   * @param denominator with differential privacy a public constant, never a count of what really
   *     happened
   */
  public double[] average(double gridStep, double denominator) {
    double[] average = new double[aggregate.length];
    for (int i = 0; i < average.length; i++) {
      average[i] = aggregate[i] * gridStep / denominator;
    }
    return average;
  }
}
