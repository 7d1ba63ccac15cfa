package com.octomil.privacy.budget.domain;

import com.octomil.privacy.budget.domain.Violation.Kind;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;

/** Rules of a regulation that a configuration promises to keep. */
public enum ComplianceProfile {
  /** No rules beyond the general ones. */
  NONE,
  /** Health data of the United States: both mechanisms, and an epsilon of at most 4. */
  HIPAA,
  /** Personal data of the European Union: processing pinned to named regions. */
  GDPR;

  /** The largest budget under {@link #HIPAA}. */
  static final BigDecimal HIPAA_EPSILON = BigDecimal.valueOf(4);

  /** What of {@code configuration} breaks the rules of this profile. */
  List<Violation> violations(PrivacyConfiguration configuration) {
    return switch (this) {
      case NONE -> List.of();
      case HIPAA -> hipaa(configuration);
      case GDPR ->
          configuration.regions().isEmpty()
              ? List.of(
                  violation(
                      Clause.GDPR_REGIONS,
                      "regions",
                      "[]",
                      "must name at least one region: compliance_profile 'gdpr' pins processing to regions"))
              : List.of();
    };
  }

  private static List<Violation> hipaa(PrivacyConfiguration configuration) {
    List<Violation> violations = new ArrayList<>();
    DifferentialPrivacy dp = configuration.differentialPrivacy();
    if (!dp.enabled()) {
      violations.add(
          violation(
              Clause.HIPAA_DIFFERENTIAL_PRIVACY,
              "differential_privacy.enabled",
              "false",
              "must be true: compliance_profile 'hipaa' requires differential privacy"));
    }
    BigDecimal epsilon = dp.epsilon();
    if (dp.enabled() && epsilon != null && epsilon.compareTo(HIPAA_EPSILON) > 0) {
      violations.add(
          violation(
              Clause.HIPAA_EPSILON,
              "differential_privacy.epsilon",
              epsilon.toPlainString(),
              "must be at most 4: compliance_profile 'hipaa' requires it"));
    }
    if (!configuration.secureAggregation().enabled()) {
      violations.add(
          violation(
              Clause.HIPAA_SECURE_AGGREGATION,
              "secure_aggregation.enabled",
              "false",
              "must be true: compliance_profile 'hipaa' requires secure aggregation"));
    }
    return violations;
  }

  private static Violation violation(Clause clause, String field, String value, String message) {
    return new Violation(
        Kind.OUT_OF_RANGE, field, value, message + " (clause " + clause.id() + ")");
  }
}
