package com.octomil.privacy.budget.domain;

import java.math.BigDecimal;
import java.util.Comparator;
import java.util.Optional;

/**
 * What the accountant needs to know of a round with noise. Equal by value: 1.1 and 1.10 are one
 * noise multiplier.
 *
 * @param noiseMultiplier standard deviation of the noise over the clipping norm; &gt; 0
 * @param samplingRate probability with which the coordinator drew each device, independently and in
 *     secret; empty: every device may have taken part
 * @param distributedBits the devices added Skellam noise, to integers with the clipping radius
 *     2^distributedBits; empty: the aggregator added Gaussian noise
 */
public record RoundKind(
    BigDecimal noiseMultiplier,
    Optional<BigDecimal> samplingRate,
    Optional<Integer> distributedBits)
    implements Comparable<RoundKind> {

  private static final Comparator<RoundKind> ORDER =
      Comparator.comparing(RoundKind::noiseMultiplier)
          .thenComparing(kind -> kind.samplingRate().orElse(BigDecimal.ONE))
          .thenComparing(kind -> kind.distributedBits().orElse(0));

  /** Brings the decimals to one form and refuses values for which the theorems say nothing. */
  public RoundKind {
    require(noiseMultiplier, samplingRate);
    if (samplingRate.isPresent() && distributedBits.isPresent()) {
      throw new IllegalArgumentException("Skellam noise has no sound bound under sampling here");
    }
    noiseMultiplier = shortest(noiseMultiplier);
    samplingRate = samplingRate.map(RoundKind::shortest);
  }

  /** A round whose noise the aggregator adds. */
  public RoundKind(BigDecimal noiseMultiplier, Optional<BigDecimal> samplingRate) {
    this(noiseMultiplier, samplingRate, Optional.empty());
  }

  /** Refuses values for which the theorems say nothing. */
  static void require(BigDecimal noiseMultiplier, Optional<BigDecimal> samplingRate) {
    if (noiseMultiplier.signum() <= 0) {
      throw new IllegalArgumentException(
          "noise multiplier is " + noiseMultiplier + "; must be above 0");
    }
    samplingRate.ifPresent(rate -> {
      if (rate.signum() <= 0 || rate.compareTo(BigDecimal.ONE) >= 0) {
        throw new IllegalArgumentException(
            "sampling rate is " + rate + "; must be above 0 and below 1");
      }
    });
  }

  /** A round in which every device may have taken part. */
  public static RoundKind unsampled(BigDecimal noiseMultiplier) {
    return new RoundKind(noiseMultiplier, Optional.empty());
  }

  private static BigDecimal shortest(BigDecimal value) {
    return value.stripTrailingZeros();
  }

  @Override
  public int compareTo(RoundKind other) {
    return ORDER.compare(this, other);
  }
}
