package com.octomil.privacy.aggregator.domain;

import java.util.List;
import java.util.Optional;

/**
 * The privacy configuration of a federation's current version, as the budget service states it.
 *
 * @param noise empty if differential privacy is off
 * @param secureAggregation empty if secure aggregation is off
 * @param maxGradNorm L2 bound of one device's update
 * @param quantizationBits integer clipping radius R = 2^quantizationBits
 * @param regions regions whose devices may take part; empty: any
 */
public record PrivacyConfiguration(
    FederationName federation,
    int version,
    Optional<Noise> noise,
    Optional<SecureAggregationTerms> secureAggregation,
    int expectedCohort,
    double maxGradNorm,
    int quantizationBits,
    List<String> regions) {

  public PrivacyConfiguration {
    if (!(maxGradNorm > 0 && Double.isFinite(maxGradNorm))) {
      throw new IllegalArgumentException(
          "max_grad_norm is " + maxGradNorm + "; it must be finite and greater than 0");
    }
    if (quantizationBits < 1 || quantizationBits > 24) {
      throw new IllegalArgumentException(
          "quantization_bits is " + quantizationBits + "; it must be 1 to 24");
    }
    regions = List.copyOf(regions);
  }

  /** Least number of contributions to a round of a job that asks for {@code minUpdates}. */
  public int minSurvivors(int minUpdates) {
    return Math.max(
        minUpdates,
        secureAggregation.map(SecureAggregationTerms::minParticipatingClients).orElse(1));
  }
}
