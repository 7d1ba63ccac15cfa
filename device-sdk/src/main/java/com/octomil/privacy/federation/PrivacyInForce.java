package com.octomil.privacy.federation;

import java.math.BigDecimal;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The configuration of a federation's current version, complete, and what it means. */
public record PrivacyInForce(
    String federation,
    int version,
    PrivacyConfiguration.DifferentialPrivacy differentialPrivacy,
    PrivacyConfiguration.SecureAggregation secureAggregation,
    int expectedCohort,
    int quantizationBits,
    @Nullable List<String> regions,
    Meaning meaning) {

  /**
   * What the numbers mean; null where a mechanism is off.
   *
   * @param epsilonPerRound loss of one round on its own
   * @param roundsAffordable further rounds that the budget affords
   * @param abortProbability of a round at the assumed drop-out
   */
  public record Meaning(
      @Nullable String accountant,
      @Nullable BigDecimal epsilonPerRound,
      @Nullable Long roundsAffordable,
      @Nullable Integer neighbourDegree,
      @Nullable Integer threshold,
      @Nullable Double abortProbability,
      int ringBits,
      @Nullable List<Warning> warnings) {}

  /** Something worth a second look. */
  public record Warning(String code, String field, String message) {}
}
