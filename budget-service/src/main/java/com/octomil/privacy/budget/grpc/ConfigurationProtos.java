package com.octomil.privacy.budget.grpc;

import com.octomil.privacy.budget.domain.AdaptiveClippingTerms;
import com.octomil.privacy.budget.domain.DifferentialPrivacy;
import com.octomil.privacy.budget.domain.FederationName;
import com.octomil.privacy.budget.domain.GaussianBudget;
import com.octomil.privacy.budget.domain.GraphPlan;
import com.octomil.privacy.budget.domain.SecureAggregation;
import com.octomil.privacy.proto.budget.v1.AdaptiveClipping;
import com.octomil.privacy.proto.budget.v1.Adjacency;
import com.octomil.privacy.proto.budget.v1.ComplianceProfile;
import com.octomil.privacy.proto.budget.v1.DifferentialPrivacyConfiguration;
import com.octomil.privacy.proto.budget.v1.PoissonSampling;
import com.octomil.privacy.proto.budget.v1.PrivacyConfiguration;
import com.octomil.privacy.proto.budget.v1.SecureAggregationConfiguration;
import com.octomil.privacy.proto.secagg.v1.AdversaryModel;
import com.octomil.privacy.proto.secagg.v1.NoisePlacement;
import com.octomil.privacy.secagg.InfeasibleParametersException;
import java.math.BigDecimal;

/** Configurations as protocol messages. */
final class ConfigurationProtos {

  private ConfigurationProtos() {}

  static PrivacyConfiguration toProto(
      FederationName federation,
      int version,
      com.octomil.privacy.budget.domain.PrivacyConfiguration configuration) {
    DifferentialPrivacy dp = configuration.differentialPrivacy();
    PrivacyConfiguration.Builder proto =
        PrivacyConfiguration.newBuilder()
            .setFederation(federation.value())
            .setVersion(version)
            .setExpectedCohort(configuration.expectedCohort())
            .setMaxGradNorm(dp.maxGradNorm().doubleValue())
            .setQuantizationBits(configuration.quantizationBits())
            .addAllRegions(configuration.regions());
    proto.setComplianceProfile(
        switch (configuration.complianceProfile()) {
          case NONE -> ComplianceProfile.COMPLIANCE_PROFILE_NONE;
          case HIPAA -> ComplianceProfile.COMPLIANCE_PROFILE_HIPAA;
          case GDPR -> ComplianceProfile.COMPLIANCE_PROFILE_GDPR;
        });
    configuration
        .budget()
        .ifPresent(budget ->
            proto.setDifferentialPrivacy(toProto(dp, budget, configuration.expectedCohort())));
    if (configuration.secureAggregation().enabled()) {
      proto.setSecureAggregation(
          toProto(configuration.secureAggregation(), configuration.expectedCohort()));
    }
    return proto.build();
  }

  static PoissonSampling sampling(BigDecimal rate) {
    // The nearest double, which is also what the accountant works with.
    return PoissonSampling.newBuilder().setRate(rate.doubleValue()).build();
  }

  private static DifferentialPrivacyConfiguration toProto(
      DifferentialPrivacy dp, GaussianBudget budget, int cohort) {
    DifferentialPrivacyConfiguration.Builder proto = DifferentialPrivacyConfiguration.newBuilder();
    budget.samplingRate().ifPresent(rate -> proto.setSampling(sampling(rate)));
    AdaptiveClippingTerms adaptive = dp.adaptiveClipping();
    if (adaptive != null) {
      proto.setAdaptiveClipping(
          AdaptiveClipping.newBuilder()
              .setTargetQuantile(adaptive.targetQuantile().doubleValue())
              .setLearningRate(adaptive.learningRate().doubleValue())
              .setBitNoise(
                  AdaptiveClippingTerms.bitNoise(budget.noiseMultiplier().doubleValue(), cohort)));
    }
    return proto
        .setEpsilon(budget.epsilon().decimal().doubleValue())
        .setDelta(budget.delta().doubleValue())
        // The nearest double, which is also what the accountant works with.
        .setNoiseMultiplier(budget.noiseMultiplier().doubleValue())
        .setAdjacency(
            switch (budget.adjacency()) {
              case ADD_REMOVE -> Adjacency.ADJACENCY_ADD_REMOVE;
              case REPLACE_ONE -> Adjacency.ADJACENCY_REPLACE_ONE;
              case ZERO_OUT -> throw new IllegalStateException("zero_out is never configured");
            })
        .setNoisePlacement(
            switch (dp.noisePlacement()) {
              case SERVER -> NoisePlacement.NOISE_PLACEMENT_SERVER;
              case DISTRIBUTED -> NoisePlacement.NOISE_PLACEMENT_DISTRIBUTED;
            })
        .build();
  }

  private static SecureAggregationConfiguration toProto(SecureAggregation sa, int cohort) {
    Integer minimum = sa.minParticipatingClients();
    BigDecimal threshold = sa.reconstructionThreshold();
    if (minimum == null || threshold == null) {
      throw new IllegalStateException("secure aggregation is enabled without its numbers");
    }
    return SecureAggregationConfiguration.newBuilder()
        .setMinParticipatingClients(minimum)
        .setReconstructionThreshold(threshold.doubleValue())
        .setAdversary(
            switch (sa.adversary()) {
              case SEMI_HONEST -> AdversaryModel.ADVERSARY_MODEL_SEMI_HONEST;
              case SEMI_MALICIOUS -> AdversaryModel.ADVERSARY_MODEL_SEMI_MALICIOUS;
            })
        .setCorruptFraction(sa.corruptFraction().doubleValue())
        .setDropoutFraction(plannedDropout(sa, cohort).doubleValue())
        .setSecurityBits(sa.securityBits())
        .setCorrectnessBits(sa.correctnessBits())
        .build();
  }

  /** A round needs what its graph shall withstand, not the mean. */
  private static BigDecimal plannedDropout(SecureAggregation sa, int cohort) {
    try {
      return GraphPlan.of(sa, cohort).dropoutFraction();
    } catch (InfeasibleParametersException e) {
      // The relay will refuse the round with the reason.
      return sa.dropoutFraction();
    }
  }
}
