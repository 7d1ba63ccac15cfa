package com.octomil.privacy.budget.rest;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.octomil.privacy.budget.domain.AdaptiveClippingTerms;
import com.octomil.privacy.budget.domain.ConfigurationDraft;
import com.octomil.privacy.budget.domain.ConfigurationDraft.AdaptiveClippingDraft;
import com.octomil.privacy.budget.domain.ConfigurationDraft.DifferentialPrivacyDraft;
import com.octomil.privacy.budget.domain.ConfigurationDraft.SecureAggregationDraft;
import com.octomil.privacy.budget.domain.DifferentialPrivacy;
import com.octomil.privacy.budget.domain.PrivacyConfiguration;
import com.octomil.privacy.budget.domain.SecureAggregation;
import io.quarkus.runtime.annotations.RegisterForReflection;
import java.math.BigDecimal;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/** Body of {@code PUT /api/v1/federations/{federation}/privacy}. */
@Schema(name = "PrivacyConfiguration", description = "Privacy configuration of a federation.")
@RegisterForReflection
public record PrivacyBody(
    @Schema(required = true) @Nullable DifferentialPrivacyBody differentialPrivacy,
    @Schema(required = true) @Nullable SecureAggregationBody secureAggregation,
    @Schema(
            description =
                "Devices that a round plans for; the public constant that the noisy sum is divided by. Default: twice"
                    + " min_participating_clients, at least 20.",
            minimum = "1",
            maximum = "1000000")
        @Nullable Integer expectedCohort,
    @Schema(
            description =
                "The clipping radius is 2^quantization_bits grid steps. Default: 16, or less where the sum over the"
                    + " cohort would not fit into 32 bits.",
            minimum = "4",
            maximum = "24")
        @Nullable Integer quantizationBits,
    @Schema(description = "Regions whose devices may take part. Default: any.")
        @Nullable List<@Nullable String> regions,
    @Schema(
            description =
                "hipaa: both mechanisms must be on, and epsilon at most 4. gdpr: at least one region must be named.",
            enumeration = {"none", "hipaa", "gdpr"},
            defaultValue = "none")
        @Nullable String complianceProfile) {

  /** The object {@code differential_privacy}. */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  @Schema(name = "DifferentialPrivacy")
  @RegisterForReflection
  public record DifferentialPrivacyBody(
      @Schema(required = true) @Nullable Boolean enabled,
      @Schema(description = "Total budget of the version: above 0, at most 1000.", examples = "4.0")
          @Nullable BigDecimal epsilon,
      @Schema(description = "1e-30 to below 1.", examples = "0.00001") @Nullable BigDecimal delta,
      @Schema(
              description =
                  "Standard deviation of the noise on the sum, relative to max_grad_norm: 0.01 to 10000.",
              examples = "1.1")
          @Nullable BigDecimal noiseMultiplier,
      @Schema(
              description =
                  "L2 bound of each device's update: 0.000001 to 1000000. Default while disabled: 1.",
              examples = "1.0")
          @Nullable BigDecimal maxGradNorm,
      @Schema(
              description = "Neighbouring relation; replace_one doubles the sensitivity.",
              enumeration = {"add_remove", "replace_one"},
              defaultValue = "add_remove")
          @Nullable String adjacency,
      @Schema(
              enumeration = {"server", "distributed"},
              defaultValue = "server")
          @Nullable String noisePlacement,
      @Schema(
              description =
                  "poisson: the coordinator draws each device with sampling_rate, independently and in secret. Rounds"
                      + " whose coordinator does not declare that it does are charged in full.",
              enumeration = {"none", "poisson"},
              defaultValue = "none")
          @Nullable String sampling,
      @Schema(description = "With sampling poisson: 0.0001 to 0.9999.", examples = "0.01")
          @Nullable BigDecimal samplingRate,
      @Schema(description = "Whether the norm follows the updates. Default: no.")
          @Nullable AdaptiveClippingBody adaptiveClipping) {}

  /** The object {@code differential_privacy.adaptive_clipping}. */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  @Schema(
      name = "AdaptiveClipping",
      description =
          "The clipping norm starts at max_grad_norm and follows a quantile of the updates' norms (Andrew et al. 2021)."
              + " Charged as one event with the update. Not with noise_placement distributed.")
  @RegisterForReflection
  public record AdaptiveClippingBody(
      @Schema(required = true) @Nullable Boolean enabled,
      @Schema(
              description = "Wanted share of unclipped updates: above 0, below 1.",
              defaultValue = "0.5")
          @Nullable BigDecimal targetQuantile,
      @Schema(
              description = "Step of the logarithm of the norm: above 0, at most 10.",
              defaultValue = "0.2")
          @Nullable BigDecimal learningRate) {}

  /** The object {@code secure_aggregation}. */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  @Schema(name = "SecureAggregation")
  @RegisterForReflection
  public record SecureAggregationBody(
      @Schema(required = true) @Nullable Boolean enabled,
      @Schema(description = "Fewer survivors abort the round: at least 2.", examples = "10")
          @Nullable Integer minParticipatingClients,
      @Schema(
              description =
                  "Fraction of a neighbourhood that must survive to rebuild a dropped device's masks: above 0, at most"
                      + " 1. It only ever raises the computed threshold.",
              examples = "0.6")
          @Nullable BigDecimal reconstructionThreshold,
      @Schema(
              description =
                  "semi_malicious: the server may tell neighbourhoods different survivor sets.",
              enumeration = {"semi_honest", "semi_malicious"},
              defaultValue = "semi_malicious")
          @Nullable String adversary,
      @Schema(description = "Assumed fraction of colluding devices.", defaultValue = "0.05")
          @Nullable BigDecimal corruptFraction,
      @Schema(description = "Assumed fraction of devices that drop out.", defaultValue = "0.1")
          @Nullable BigDecimal dropoutFraction,
      @Schema(
              description = "Privacy fails with probability at most 2^-security_bits: 40 to 80.",
              defaultValue = "40")
          @Nullable Integer securityBits,
      @Schema(
              description =
                  "An honest round within the assumed drop-outs fails with probability at most 2^-correctness_bits: 10"
                      + " to 40.",
              defaultValue = "20")
          @Nullable Integer correctnessBits) {}

  static PrivacyBody of(PrivacyConfiguration configuration) {
    DifferentialPrivacy dp = configuration.differentialPrivacy();
    SecureAggregation sa = configuration.secureAggregation();
    return new PrivacyBody(
        new DifferentialPrivacyBody(
            dp.enabled(),
            dp.epsilon(),
            dp.delta(),
            dp.noiseMultiplier(),
            dp.maxGradNorm(),
            PrivacyView.lower(dp.adjacency()),
            PrivacyView.lower(dp.noisePlacement()),
            dp.samplingRate() == null ? "none" : "poisson",
            dp.samplingRate(),
            adaptive(dp.adaptiveClipping())),
        new SecureAggregationBody(
            sa.enabled(),
            sa.minParticipatingClients(),
            sa.reconstructionThreshold(),
            PrivacyView.lower(sa.adversary()),
            sa.corruptFraction(),
            sa.dropoutFraction(),
            sa.securityBits(),
            sa.correctnessBits()),
        configuration.expectedCohort(),
        configuration.quantizationBits(),
        List.copyOf(configuration.regions()),
        PrivacyView.lower(configuration.complianceProfile()));
  }

  private static @Nullable AdaptiveClippingBody adaptive(@Nullable AdaptiveClippingTerms terms) {
    return terms == null
        ? null
        : new AdaptiveClippingBody(true, terms.targetQuantile(), terms.learningRate());
  }

  private static @Nullable AdaptiveClippingDraft adaptive(@Nullable AdaptiveClippingBody body) {
    return body == null
        ? null
        : new AdaptiveClippingDraft(body.enabled, body.targetQuantile, body.learningRate);
  }

  ConfigurationDraft toDraft() {
    DifferentialPrivacyBody dp = differentialPrivacy;
    SecureAggregationBody sa = secureAggregation;
    return new ConfigurationDraft(
        dp == null
            ? null
            : new DifferentialPrivacyDraft(
                dp.enabled,
                dp.epsilon,
                dp.delta,
                dp.noiseMultiplier,
                dp.maxGradNorm,
                dp.adjacency,
                dp.noisePlacement,
                dp.sampling,
                dp.samplingRate,
                adaptive(dp.adaptiveClipping)),
        sa == null
            ? null
            : new SecureAggregationDraft(
                sa.enabled,
                sa.minParticipatingClients,
                sa.reconstructionThreshold,
                sa.adversary,
                sa.corruptFraction,
                sa.dropoutFraction,
                sa.securityBits,
                sa.correctnessBits),
        expectedCohort,
        quantizationBits,
        regions,
        complianceProfile);
  }
}
