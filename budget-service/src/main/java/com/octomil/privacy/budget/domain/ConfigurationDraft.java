package com.octomil.privacy.budget.domain;

import java.math.BigDecimal;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A configuration as an operator sends it, before any check: everything may be missing or out of
 * range. Field names in violations are those of the JSON body.
 *
 * @param differentialPrivacy required
 * @param secureAggregation required
 * @param expectedCohort null: derived from the minimum
 * @param quantizationBits null: 16, or less where the cohort needs it
 * @param regions null: any
 * @param complianceProfile null: none
 */
public record ConfigurationDraft(
    @Nullable DifferentialPrivacyDraft differentialPrivacy,
    @Nullable SecureAggregationDraft secureAggregation,
    @Nullable Integer expectedCohort,
    @Nullable Integer quantizationBits,
    @Nullable List<@Nullable String> regions,
    @Nullable String complianceProfile) {

  /** The object {@code differential_privacy}. */
  public record DifferentialPrivacyDraft(
      @Nullable Boolean enabled,
      @Nullable BigDecimal epsilon,
      @Nullable BigDecimal delta,
      @Nullable BigDecimal noiseMultiplier,
      @Nullable BigDecimal maxGradNorm,
      @Nullable String adjacency,
      @Nullable String noisePlacement,
      @Nullable String sampling,
      @Nullable BigDecimal samplingRate,
      @Nullable AdaptiveClippingDraft adaptiveClipping) {}

  /** The object {@code differential_privacy.adaptive_clipping}. */
  public record AdaptiveClippingDraft(
      @Nullable Boolean enabled,
      @Nullable BigDecimal targetQuantile,
      @Nullable BigDecimal learningRate) {}

  /** The object {@code secure_aggregation}. */
  public record SecureAggregationDraft(
      @Nullable Boolean enabled,
      @Nullable Integer minParticipatingClients,
      @Nullable BigDecimal reconstructionThreshold,
      @Nullable String adversary,
      @Nullable BigDecimal corruptFraction,
      @Nullable BigDecimal dropoutFraction,
      @Nullable Integer securityBits,
      @Nullable Integer correctnessBits) {}
}
