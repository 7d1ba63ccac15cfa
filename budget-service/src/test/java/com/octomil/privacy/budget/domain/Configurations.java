package com.octomil.privacy.budget.domain;

import com.octomil.privacy.budget.domain.ConfigurationDraft.DifferentialPrivacyDraft;
import com.octomil.privacy.budget.domain.ConfigurationDraft.SecureAggregationDraft;
import java.math.BigDecimal;
import org.jspecify.annotations.Nullable;

/** Configurations for tests. */
public final class Configurations {

  private Configurations() {}

  /** Differential privacy with the given numbers and adjacency, no secure aggregation. */
  public static PrivacyConfiguration dp(
      String epsilon, String delta, String noiseMultiplier, @Nullable String adjacency) {
    return accepted(
        new DifferentialPrivacyDraft(
            true,
            new BigDecimal(epsilon),
            new BigDecimal(delta),
            new BigDecimal(noiseMultiplier),
            BigDecimal.ONE,
            adjacency,
            null,
            null,
            null,
            null));
  }

  /** As {@link #dp} with Poisson sampling. */
  public static PrivacyConfiguration sampled(
      String epsilon, String delta, String noiseMultiplier, String rate) {
    return accepted(
        new DifferentialPrivacyDraft(
            true,
            new BigDecimal(epsilon),
            new BigDecimal(delta),
            new BigDecimal(noiseMultiplier),
            BigDecimal.ONE,
            null,
            null,
            "poisson",
            new BigDecimal(rate),
            null));
  }

  /** Everything off. */
  public static PrivacyConfiguration off() {
    return accepted(
        new DifferentialPrivacyDraft(false, null, null, null, null, null, null, null, null, null));
  }

  private static PrivacyConfiguration accepted(DifferentialPrivacyDraft dp) {
    SecureAggregationDraft sa =
        new SecureAggregationDraft(false, null, null, null, null, null, null, null);
    return switch (ConfigurationRules.check(
        new ConfigurationDraft(dp, sa, null, null, null, null))) {
      case ConfigurationCheck.Accepted(PrivacyConfiguration configuration) -> configuration;
      case ConfigurationCheck.Refused refused -> throw new AssertionError(refused.toString());
    };
  }
}
