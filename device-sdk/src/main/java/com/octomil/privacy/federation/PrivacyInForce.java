package com.octomil.privacy.federation;

import java.math.BigDecimal;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The configuration of a federation's current version, complete, and what it means.
 *
 * @param federation name of the federation
 * @param version version of the federation
 * @param differentialPrivacy clipping, noise and budget
 * @param secureAggregation how updates are hidden
 * @param expectedCohort devices that a round is expected to have
 * @param quantizationBits resolution of the clipping radius
 * @param regions where devices and services may be; empty or null: anywhere
 * @param meaning what the numbers mean
 */
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
   * @param accountant theorem that adds up the rounds; null without differential privacy
   * @param epsilonPerRound loss of one round on its own
   * @param roundsAffordable further rounds that the budget affords
   * @param neighbourDegree neighbours of each device; null without secure aggregation
   * @param threshold neighbours that rebuild a secret; null without secure aggregation
   * @param abortProbability of a round at the assumed drop-out
   * @param ringBits bits of each masked coordinate
   * @param warnings what to think over; may be empty or null
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

  /**
   * Something worth a second look.
   *
   * @param code stable name
   * @param field the field that it is about
   * @param message for people
   */
  public record Warning(String code, String field, String message) {}
}
