package com.octomil.privacy.budget.domain;

import java.math.BigDecimal;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * The privacy configuration of a version of a federation, complete: every default is filled in.
 *
 * @param differentialPrivacy clipping, noise and budget
 * @param secureAggregation masking and its assumptions
 * @param expectedCohort devices that a round plans for; the public constant that the noisy sum is
 *     divided by
 * @param quantizationBits the clipping radius is 2^quantizationBits grid steps
 * @param regions regions whose devices may take part; empty: any
 * @param complianceProfile the rules of a regulation that the configuration must keep
 */
public record PrivacyConfiguration(
    DifferentialPrivacy differentialPrivacy,
    SecureAggregation secureAggregation,
    int expectedCohort,
    int quantizationBits,
    List<String> regions,
    ComplianceProfile complianceProfile) {

  /** Copies the regions. */
  public PrivacyConfiguration {
    Objects.requireNonNull(differentialPrivacy, "differentialPrivacy");
    Objects.requireNonNull(secureAggregation, "secureAggregation");
    Objects.requireNonNull(complianceProfile, "complianceProfile");
    regions = List.copyOf(regions);
  }

  /** What the ledger enforces; empty while differential privacy is off. */
  public Optional<GaussianBudget> budget() {
    return differentialPrivacy.budget(quantizationBits);
  }

  /** The same configuration with another total budget. */
  public PrivacyConfiguration withEpsilon(BigDecimal total) {
    return new PrivacyConfiguration(
        differentialPrivacy.withEpsilon(total),
        secureAggregation,
        expectedCohort,
        quantizationBits,
        regions,
        complianceProfile);
  }

  /** Whether the two say the same, however their decimals are written. */
  public boolean saysTheSameAs(PrivacyConfiguration other) {
    return normalized().equals(other.normalized());
  }

  private PrivacyConfiguration normalized() {
    return new PrivacyConfiguration(
        differentialPrivacy.normalized(),
        secureAggregation.normalized(),
        expectedCohort,
        quantizationBits,
        regions,
        complianceProfile);
  }
}
