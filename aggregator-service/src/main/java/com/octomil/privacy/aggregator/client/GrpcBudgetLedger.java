package com.octomil.privacy.aggregator.client;

import com.google.protobuf.ByteString;
import com.octomil.privacy.aggregator.domain.Abort;
import com.octomil.privacy.aggregator.domain.BudgetLedger;
import com.octomil.privacy.aggregator.domain.FederationName;
import com.octomil.privacy.aggregator.domain.PrivacyConfiguration;
import com.octomil.privacy.aggregator.domain.RoundAttempt;
import com.octomil.privacy.kit.error.ErrorCode;
import com.octomil.privacy.kit.error.ServiceException;
import com.octomil.privacy.kit.region.ServiceRegion;
import com.octomil.privacy.proto.budget.v1.CommitRequest;
import com.octomil.privacy.proto.budget.v1.GetPrivacyConfigurationRequest;
import com.octomil.privacy.proto.budget.v1.GetPrivacyConfigurationResponse;
import com.octomil.privacy.proto.budget.v1.ReleaseRequest;
import com.octomil.privacy.proto.budget.v1.ReserveRequest;
import jakarta.enterprise.context.ApplicationScoped;
import java.math.BigDecimal;
import java.util.Optional;

/** {@link BudgetLedger} over gRPC. */
@ApplicationScoped
public class GrpcBudgetLedger implements BudgetLedger {
  private static final String PEER = "budget service";

  private final BudgetCalls calls;
  private final ServiceRegion region;

  GrpcBudgetLedger(BudgetCalls calls, ServiceRegion region) {
    this.calls = calls;
    this.region = region;
  }

  @Override
  public Reservation reserve(RoundAttempt attempt) {
    try {
      return reserved(attempt);
    } catch (ServiceException e) {
      if (e.code() == ErrorCode.REGION_REFUSED || e.code() == ErrorCode.COMPLIANCE_REFUSED) {
        return new Reservation.Refused(e.detail());
      }
      throw e;
    }
  }

  private Reservation reserved(RoundAttempt attempt) {
    return Calls.guard(
        PEER,
        () ->
            BudgetMapper.toDomain(
                calls.reserve(
                    ReserveRequest.newBuilder()
                        .setFederation(attempt.federation().value())
                        .setRoundId(ByteString.copyFrom(attempt.id().toArray()))
                        .setAttempt(attempt.attempt())
                        .setRegion(region.wireName())
                        .build())));
  }

  @Override
  public BigDecimal commit(String reservationId, int cohort, int survivors) {
    return Calls.guard(
        PEER,
        () ->
            new BigDecimal(
                calls
                    .commit(
                        CommitRequest.newBuilder()
                            .setReservationId(reservationId)
                            .setCohort(cohort)
                            .setSurvivors(survivors)
                            .build())
                    .getEpsilonSpent()));
  }

  @Override
  public BigDecimal release(String reservationId, Abort abort) {
    return Calls.guard(
        PEER,
        () ->
            new BigDecimal(
                calls
                    .release(
                        ReleaseRequest.newBuilder()
                            .setReservationId(reservationId)
                            .setReason(RelayMapper.toProto(abort))
                            .build())
                    .getEpsilonSpent()));
  }

  @Override
  public Optional<PrivacyConfiguration> configuration(FederationName federation) {
    return Calls.guard(
        PEER,
        () -> {
          GetPrivacyConfigurationResponse response =
              calls.configuration(
                  GetPrivacyConfigurationRequest.newBuilder()
                      .setFederation(federation.value())
                      .setRegion(region.wireName())
                      .build());
          return switch (response.getOutcomeCase()) {
            case CONFIGURATION -> Optional.of(BudgetMapper.toDomain(response.getConfiguration()));
            case FEDERATION_UNKNOWN -> Optional.empty();
            case OUTCOME_NOT_SET -> throw new IllegalArgumentException("no outcome");
          };
        });
  }
}
