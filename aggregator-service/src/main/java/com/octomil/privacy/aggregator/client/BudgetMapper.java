package com.octomil.privacy.aggregator.client;

import com.octomil.privacy.aggregator.domain.BudgetLedger;
import com.octomil.privacy.aggregator.domain.ClippingTerms;
import com.octomil.privacy.aggregator.domain.FederationName;
import com.octomil.privacy.aggregator.domain.Noise;
import com.octomil.privacy.aggregator.domain.PrivacyConfiguration;
import com.octomil.privacy.aggregator.domain.SecureAggregationTerms;
import com.octomil.privacy.kit.auth.Principal;
import com.octomil.privacy.kit.auth.Scope;
import com.octomil.privacy.proto.budget.v1.AdaptiveClipping;
import com.octomil.privacy.proto.budget.v1.ApiKeyIdentity;
import com.octomil.privacy.proto.budget.v1.DifferentialPrivacyConfiguration;
import com.octomil.privacy.proto.budget.v1.ReserveResponse;
import com.octomil.privacy.proto.budget.v1.SecureAggregationConfiguration;
import com.octomil.privacy.secagg.AdversaryModel;
import com.octomil.privacy.secagg.CohortAssumptions;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/** Between domain values and the messages of the budget service. */
final class BudgetMapper {
  private BudgetMapper() {}

  static BudgetLedger.Reservation toDomain(ReserveResponse response) {
    return switch (response.getOutcomeCase()) {
      case RESERVED ->
          new BudgetLedger.Reservation.Granted(
              response.getReserved().getReservationId(),
              toDomain(response.getReserved().getConfiguration()));
      case EXHAUSTED ->
          new BudgetLedger.Reservation.Exhausted(
              response.getExhausted().getEpsilonBudget(),
              response.getExhausted().getEpsilonSpent(),
              response.getExhausted().getEpsilonRequired());
      case FEDERATION_UNKNOWN -> new BudgetLedger.Reservation.UnknownFederation();
      case OUTCOME_NOT_SET ->
          throw new IllegalArgumentException("the budget service answered without an outcome");
    };
  }

  static PrivacyConfiguration toDomain(
      com.octomil.privacy.proto.budget.v1.PrivacyConfiguration configuration) {
    Optional<Noise> noise = Optional.empty();
    if (configuration.hasDifferentialPrivacy()) {
      DifferentialPrivacyConfiguration privacy = configuration.getDifferentialPrivacy();
      noise =
          Optional.of(
              new Noise(
                  privacy.getNoiseMultiplier(),
                  switch (privacy.getNoisePlacement()) {
                    case NOISE_PLACEMENT_SERVER, NOISE_PLACEMENT_UNSPECIFIED ->
                        Noise.Placement.SERVER;
                    case NOISE_PLACEMENT_DISTRIBUTED -> Noise.Placement.DISTRIBUTED;
                    case UNRECOGNIZED ->
                        throw new IllegalArgumentException(
                            "the budget service names a noise_placement that this version does not know");
                  },
                  privacy.hasAdaptiveClipping()
                      ? Optional.of(
                          toDomain(privacy.getAdaptiveClipping(), configuration.getMaxGradNorm()))
                      : Optional.empty()));
    }
    return new PrivacyConfiguration(
        new FederationName(configuration.getFederation()),
        configuration.getVersion(),
        noise,
        configuration.hasSecureAggregation()
            ? Optional.of(toDomain(configuration.getSecureAggregation()))
            : Optional.empty(),
        configuration.getExpectedCohort(),
        configuration.getMaxGradNorm(),
        configuration.getQuantizationBits(),
        configuration.getRegionsList());
  }

  private static ClippingTerms toDomain(AdaptiveClipping clipping, double initialNorm) {
    return new ClippingTerms(
        initialNorm,
        clipping.getTargetQuantile(),
        clipping.getLearningRate(),
        clipping.getBitNoise());
  }

  private static SecureAggregationTerms toDomain(SecureAggregationConfiguration terms) {
    AdversaryModel adversary =
        switch (terms.getAdversary()) {
          case ADVERSARY_MODEL_SEMI_HONEST -> AdversaryModel.SEMI_HONEST;
          // Whoever does not say gets the stronger protection.
          case ADVERSARY_MODEL_SEMI_MALICIOUS, ADVERSARY_MODEL_UNSPECIFIED ->
              AdversaryModel.SEMI_MALICIOUS;
          case UNRECOGNIZED ->
              throw new IllegalArgumentException(
                  "adversary is a model that this version does not know");
        };
    return new SecureAggregationTerms(
        new CohortAssumptions(
            adversary,
            terms.getCorruptFraction(),
            terms.getDropoutFraction(),
            terms.getSecurityBits(),
            terms.getCorrectnessBits()),
        terms.getMinParticipatingClients(),
        terms.getReconstructionThreshold());
  }

  static Principal toPrincipal(ApiKeyIdentity identity) {
    Set<Scope> scopes = EnumSet.noneOf(Scope.class);
    for (com.octomil.privacy.proto.budget.v1.Scope scope : identity.getScopesList()) {
      switch (scope) {
        case SCOPE_ADMIN -> scopes.add(Scope.ADMIN);
        case SCOPE_OPERATOR -> scopes.add(Scope.OPERATOR);
        case SCOPE_AUDITOR -> scopes.add(Scope.AUDITOR);
        case SCOPE_READ -> scopes.add(Scope.READ);
        case SCOPE_UNSPECIFIED, UNRECOGNIZED -> {
          // A scope that this version does not know allows nothing here.
        }
      }
    }
    return new Principal(
        identity.getKeyId(),
        scopes,
        identity.getFederation().isEmpty()
            ? Optional.empty()
            : Optional.of(identity.getFederation()));
  }
}
