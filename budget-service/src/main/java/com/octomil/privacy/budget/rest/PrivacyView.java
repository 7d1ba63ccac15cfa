package com.octomil.privacy.budget.rest;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.octomil.privacy.budget.domain.Accountant;
import com.octomil.privacy.budget.domain.ConfiguredVersion;
import com.octomil.privacy.budget.domain.Epsilon;
import com.octomil.privacy.budget.domain.Meaning;
import com.octomil.privacy.budget.domain.MeaningOf;
import com.octomil.privacy.budget.domain.PrivacyConfiguration;
import com.octomil.privacy.budget.domain.Warning;
import io.quarkus.runtime.annotations.RegisterForReflection;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/** A configuration in force, complete, and what it means. */
@JsonInclude(JsonInclude.Include.NON_NULL)
@Schema(name = "PrivacyConfigurationInForce")
@RegisterForReflection
public record PrivacyView(
    String federation,
    int version,
    @Schema(description = "Counts the configurations of this version, from 1.") int configuration,
    PrivacyBody.DifferentialPrivacyBody differentialPrivacy,
    PrivacyBody.SecureAggregationBody secureAggregation,
    int expectedCohort,
    int quantizationBits,
    List<String> regions,
    @Schema(enumeration = {"none", "hipaa", "gdpr"}) String complianceProfile,
    Instant changedAt,
    String changedBy,
    MeaningView meaning) {

  /** What the numbers mean. */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  @Schema(name = "Meaning")
  @RegisterForReflection
  public record MeaningView(
      @Schema(
              description = "Which theorem the budget is enforced with.",
              enumeration = {"analytic_gaussian", "privacy_loss_distribution", "renyi_filter"})
          @Nullable String accountant,
      @Nullable String accountantReason,
      @Schema(description = "Loss of one round on its own.") @Nullable BigDecimal epsilonPerRound,
      @Schema(
              description =
                  "Further rounds of this configuration that the rest of the budget affords.")
          @Nullable Long roundsAffordable,
      @Schema(description = "Neighbours per device at the expected cohort.")
          @Nullable Integer neighbourDegree,
      @Schema(description = "Neighbours needed to rebuild a secret.") @Nullable Integer threshold,
      @Schema(
              description =
                  "What the neighbour graph is built to withstand: the assumed drop-out and what chance adds to it.")
          @Nullable BigDecimal plannedDropoutFraction,
      @Schema(description = "Probability that a round aborts at the assumed drop-out.")
          @Nullable Double abortProbability,
      @Schema(description = "Width of one coordinate of a masked upload.") int ringBits,
      List<WarningView> warnings) {}

  /** Something that is accepted and still worth a second look. */
  @Schema(name = "Warning")
  @RegisterForReflection
  public record WarningView(String code, String field, String message) {}

  static PrivacyView of(ConfiguredVersion version) {
    PrivacyConfiguration configuration = version.configuration();
    PrivacyBody body = PrivacyBody.of(configuration);
    Meaning meaning =
        MeaningOf.configuration(configuration, version.account().held(), version.account().spent());
    return new PrivacyView(
        version.account().federation().value(),
        version.account().version(),
        version.account().configuration(),
        Objects.requireNonNull(body.differentialPrivacy()),
        Objects.requireNonNull(body.secureAggregation()),
        configuration.expectedCohort(),
        configuration.quantizationBits(),
        configuration.regions(),
        lower(configuration.complianceProfile()),
        version.change().at(),
        version.change().by(),
        new MeaningView(
            meaning.accountant().map(Accountant::id).orElse(null),
            meaning.accountant().map(Accountant::reason).orElse(null),
            meaning.epsilonPerRound().map(Epsilon::decimal).orElse(null),
            meaning.roundsAffordable().orElse(null),
            meaning.neighbourDegree().orElse(null),
            meaning.threshold().orElse(null),
            meaning.plannedDropoutFraction().orElse(null),
            meaning.abortProbability().isPresent()
                ? meaning.abortProbability().getAsDouble()
                : null,
            meaning.ringBits(),
            meaning.warnings().stream().map(PrivacyView::warning).toList()));
  }

  private static WarningView warning(Warning warning) {
    return new WarningView(warning.code(), warning.field(), warning.message());
  }

  static String lower(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }
}
