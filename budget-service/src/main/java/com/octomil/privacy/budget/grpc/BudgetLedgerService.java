package com.octomil.privacy.budget.grpc;

import com.octomil.privacy.budget.app.BudgetLedger;
import com.octomil.privacy.budget.app.FederationConfigurations;
import com.octomil.privacy.budget.domain.Epsilon;
import com.octomil.privacy.budget.domain.FederationName;
import com.octomil.privacy.budget.domain.Reservation;
import com.octomil.privacy.budget.domain.ReserveOutcome;
import com.octomil.privacy.budget.domain.ResolveOutcome;
import com.octomil.privacy.budget.domain.RoundAttempt;
import com.octomil.privacy.budget.domain.RoundKind;
import com.octomil.privacy.budget.domain.Spike;
import com.octomil.privacy.kit.error.ErrorCode;
import com.octomil.privacy.kit.error.FieldViolation;
import com.octomil.privacy.kit.error.ServiceException;
import com.octomil.privacy.kit.grpc.Replies;
import com.octomil.privacy.kit.grpc.ServiceTokenServerInterceptor;
import com.octomil.privacy.kit.region.ServiceRegion;
import com.octomil.privacy.proto.budget.v1.BudgetExhausted;
import com.octomil.privacy.proto.budget.v1.BudgetLedgerGrpc;
import com.octomil.privacy.proto.budget.v1.CommitRequest;
import com.octomil.privacy.proto.budget.v1.CommitResponse;
import com.octomil.privacy.proto.budget.v1.FederationUnknown;
import com.octomil.privacy.proto.budget.v1.ReleaseRequest;
import com.octomil.privacy.proto.budget.v1.ReleaseResponse;
import com.octomil.privacy.proto.budget.v1.ReserveRequest;
import com.octomil.privacy.proto.budget.v1.ReserveResponse;
import com.octomil.privacy.proto.budget.v1.Reserved;
import com.octomil.privacy.proto.budget.v1.Sampler;
import com.octomil.privacy.proto.secagg.v1.AbortReason;
import io.grpc.stub.StreamObserver;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.grpc.GrpcService;
import io.quarkus.grpc.RegisterInterceptor;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** The ledger, for the aggregator. */
@GrpcService
@RegisterInterceptor(ServiceTokenServerInterceptor.class)
public class BudgetLedgerService extends BudgetLedgerGrpc.BudgetLedgerImplBase {

  private static final int MAX_ROUND_ID_BYTES = 64;
  private static final int MAX_DETAIL = 500;

  private final BudgetLedger ledger;
  private final FederationConfigurations configurations;

  private final MeterRegistry metrics;

  BudgetLedgerService(
      BudgetLedger ledger, FederationConfigurations configurations, MeterRegistry metrics) {
    this.ledger = ledger;
    this.configurations = configurations;
    this.metrics = metrics;
  }

  @Override
  public void reserve(ReserveRequest request, StreamObserver<ReserveResponse> observer) {
    Replies.unary(observer, () -> reserve(request));
  }

  @Override
  public void commit(CommitRequest request, StreamObserver<CommitResponse> observer) {
    Replies.unary(observer, () -> commit(request));
  }

  @Override
  public void release(ReleaseRequest request, StreamObserver<ReleaseResponse> observer) {
    Replies.unary(observer, () -> release(request));
  }

  private ReserveResponse reserve(ReserveRequest request) {
    FederationName federation =
        FederationConfigurations.name("federation", request.getFederation());
    ReserveOutcome outcome =
        ledger.reserve(
            federation,
            round(request),
            request.getSampler() == Sampler.SAMPLER_POISSON,
            CallerRegion.of(request.getRegion()));
    metrics.counter("octomil.budget.reservations", "outcome", label(outcome)).increment();
    return switch (outcome) {
      case ReserveOutcome.Reserved(Reservation reservation) ->
          ReserveResponse.newBuilder().setReserved(toProto(reservation)).build();
      case ReserveOutcome.Exhausted(
              Epsilon budget,
              Epsilon spent,
              Epsilon required,
              boolean first) -> {
        if (first) {
          metrics.counter("octomil.budget.exhausted").increment();
        }
        yield ReserveResponse.newBuilder()
            .setExhausted(
                BudgetExhausted.newBuilder()
                    .setEpsilonBudget(budget.toString())
                    .setEpsilonSpent(spent.toString())
                    .setEpsilonRequired(required.toString()))
            .build();
      }
      case ReserveOutcome.RegionRefused(
              List<String> allowed,
              String who,
              Optional<String> region) ->
          throw ServiceRegion.refusal(federation.value(), allowed, who, region);
      case ReserveOutcome.ComplianceRefused(String clause, String message) ->
          throw new ServiceException(
              ErrorCode.COMPLIANCE_REFUSED, "Clause " + clause + ": " + message);
      case ReserveOutcome.FederationUnknown unknown ->
          ReserveResponse.newBuilder()
              .setFederationUnknown(FederationUnknown.getDefaultInstance())
              .build();
      case ReserveOutcome.AttemptOver(Reservation reservation) ->
          throw new ServiceException(
              ErrorCode.CONFLICT,
              "Attempt "
                  + reservation.round().attempt()
                  + " of round "
                  + reservation.round().roundId()
                  + " was "
                  + describe(reservation.state())
                  + " and cannot begin again; a retried round takes a new attempt.");
    };
  }

  private static String label(ReserveOutcome outcome) {
    return switch (outcome) {
      case ReserveOutcome.Reserved reserved -> "reserved";
      case ReserveOutcome.Exhausted exhausted -> "exhausted";
      case ReserveOutcome.RegionRefused refused -> "region_refused";
      case ReserveOutcome.ComplianceRefused refused -> "compliance_refused";
      case ReserveOutcome.FederationUnknown unknown -> "federation_unknown";
      case ReserveOutcome.AttemptOver over -> "attempt_over";
    };
  }

  private Reserved toProto(Reservation reservation) {
    Reserved.Builder reserved = Reserved.newBuilder();
    reservation
        .kind()
        .flatMap(RoundKind::samplingRate)
        .ifPresent(rate -> reserved.setSampling(ConfigurationProtos.sampling(rate)));
    return reserved
        .setReservationId(reservation.id().toString())
        .setConfiguration(
            ConfigurationProtos.toProto(
                reservation.federation(),
                reservation.version(),
                configurations.configuration(
                    reservation.federation(), reservation.version(), reservation.configuration())))
        .setEpsilonAfter(reservation.epsilonAfter().toString())
        .build();
  }

  private CommitResponse commit(CommitRequest request) {
    UUID reservation = reservation(request.getReservationId());
    count("cohort", request.getCohort());
    count("survivors", request.getSurvivors());
    if (request.getSurvivors() > request.getCohort()) {
      throw ServiceException.invalidField(
          ErrorCode.INVALID_VALUE,
          new FieldViolation(
              "survivors",
              Integer.toString(request.getSurvivors()),
              "must be at most cohort, which is " + request.getCohort()));
    }
    Epsilon spent =
        resolved(
            ledger.commit(reservation, request.getCohort(), request.getSurvivors()), reservation);
    return CommitResponse.newBuilder().setEpsilonSpent(spent.toString()).build();
  }

  private ReleaseResponse release(ReleaseRequest request) {
    UUID reservation = reservation(request.getReservationId());
    AbortReason reason = request.getReason().getReason();
    if (reason == AbortReason.ABORT_REASON_UNSPECIFIED || reason == AbortReason.UNRECOGNIZED) {
      throw ServiceException.invalidField(
          ErrorCode.INVALID_VALUE,
          new FieldViolation(
              "reason.reason", reason.name(), "must say why the round was given up"));
    }
    String detail = request.getReason().getDetail();
    Epsilon spent =
        resolved(
            ledger.release(
                reservation,
                reason.name().substring("ABORT_REASON_".length()),
                detail.length() <= MAX_DETAIL ? detail : detail.substring(0, MAX_DETAIL)),
            reservation);
    return ReleaseResponse.newBuilder().setEpsilonSpent(spent.toString()).build();
  }

  private Epsilon resolved(ResolveOutcome outcome, UUID reservation) {
    return switch (outcome) {
      case ResolveOutcome.Resolved(Epsilon spent, List<Spike> spikes) -> {
        spikes.forEach(spike ->
            metrics.counter("octomil.budget.spikes", "rule", spike.rule().id()).increment());
        yield spent;
      }
      case ResolveOutcome.Unknown unknown ->
          throw new ServiceException(
              ErrorCode.NOT_FOUND, "There is no reservation '" + reservation + "'.");
      case ResolveOutcome.AlreadyOtherwise(Reservation.State state) ->
          throw new ServiceException(
              ErrorCode.CONFLICT,
              "The reservation '" + reservation + "' was " + describe(state) + " before.");
    };
  }

  private static String describe(Reservation.State state) {
    return switch (state) {
      case Reservation.Reserved reserved -> "reserved";
      case Reservation.Committed committed -> "committed";
      case Reservation.Released released -> "released";
    };
  }

  private static RoundAttempt round(ReserveRequest request) {
    int size = request.getRoundId().size();
    if (size < 1 || size > MAX_ROUND_ID_BYTES) {
      throw ServiceException.invalidField(
          ErrorCode.INVALID_VALUE,
          new FieldViolation(
              "round_id", size + " bytes", "must be 1 to " + MAX_ROUND_ID_BYTES + " bytes"));
    }
    if (request.getAttempt() < 1) {
      throw ServiceException.invalidField(
          ErrorCode.INVALID_VALUE,
          new FieldViolation(
              "attempt",
              Integer.toUnsignedString(request.getAttempt()),
              "must be 1 to " + Integer.MAX_VALUE));
    }
    return new RoundAttempt(
        HexFormat.of().formatHex(request.getRoundId().toByteArray()), request.getAttempt());
  }

  private static UUID reservation(String text) {
    try {
      UUID id = UUID.fromString(text);
      if (id.toString().equals(text)) {
        return id;
      }
    } catch (IllegalArgumentException e) {
      // Falls through to the same answer as a text that is a UUID only by leniency.
    }
    throw ServiceException.invalidField(
        ErrorCode.INVALID_REQUEST,
        new FieldViolation(
            "reservation_id", text, "must be a reservation_id as Reserve returned it"));
  }

  private static void count(String field, int value) {
    if (value < 0) {
      throw ServiceException.invalidField(
          ErrorCode.INVALID_VALUE,
          new FieldViolation(
              field, Integer.toUnsignedString(value), "must be 0 to " + Integer.MAX_VALUE));
    }
  }
}
