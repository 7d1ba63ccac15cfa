package com.octomil.privacy.budget.domain;

import java.math.BigDecimal;
import java.util.Comparator;
import java.util.Optional;

/**
 * What the accountant needs to know of a round with Gaussian noise. Equal by value: 1.1 and 1.10
 * are one noise multiplier.
 *
 * @param noiseMultiplier standard deviation of the noise over the clipping norm; &gt; 0
 * @param samplingRate probability with which the coordinator drew each device, independently and in
 *     secret; empty: every device may have taken part
 */
public record RoundKind(BigDecimal noiseMultiplier, Optional<BigDecimal> samplingRate)
    implements Comparable<RoundKind> {

  private static final Comparator<RoundKind> ORDER =
      Comparator.comparing(RoundKind::noiseMultiplier)
          .thenComparing(kind -> kind.samplingRate().orElse(BigDecimal.ONE));

  /** Brings the decimals to one form and refuses values for which the theorems say nothing. */
  public RoundKind {
    require(noiseMultiplier, samplingRate);
    noiseMultiplier = shortest(noiseMultiplier);
    samplingRate = samplingRate.map(RoundKind::shortest);
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
