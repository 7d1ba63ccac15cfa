package com.octomil.privacy.budget.test;

import com.google.protobuf.ByteString;
import com.octomil.privacy.kit.test.ServiceTokenResource;
import com.octomil.privacy.proto.budget.v1.ApiKeysGrpc;
import com.octomil.privacy.proto.budget.v1.AuditLogGrpc;
import com.octomil.privacy.proto.budget.v1.BudgetLedgerGrpc;
import com.octomil.privacy.proto.budget.v1.CommitRequest;
import com.octomil.privacy.proto.budget.v1.PrivacyConfigurationsGrpc;
import com.octomil.privacy.proto.budget.v1.ReleaseRequest;
import com.octomil.privacy.proto.budget.v1.ReserveRequest;
import com.octomil.privacy.proto.budget.v1.ReserveResponse;
import com.octomil.privacy.proto.secagg.v1.AbortReason;
import com.octomil.privacy.proto.secagg.v1.Aborted;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.Metadata;
import io.grpc.stub.AbstractStub;
import io.grpc.stub.MetadataUtils;
import java.nio.ByteBuffer;
import java.util.UUID;
import java.util.concurrent.TimeUnit;

/** Calls of the gRPC API as the other services make them. */
public final class Internal implements AutoCloseable {

  private final ManagedChannel channel;

  /** Connects to the service under test. */
  public Internal(int port) {
    channel = ManagedChannelBuilder.forAddress("127.0.0.1", port).usePlaintext().build();
  }

  /** The ledger. */
  public BudgetLedgerGrpc.BudgetLedgerBlockingStub ledger() {
    return withToken(BudgetLedgerGrpc.newBlockingStub(channel), ServiceTokenResource.TOKEN);
  }

  /** The configurations. */
  public PrivacyConfigurationsGrpc.PrivacyConfigurationsBlockingStub configurations() {
    return withToken(
        PrivacyConfigurationsGrpc.newBlockingStub(channel), ServiceTokenResource.TOKEN);
  }

  /** The API keys. */
  public ApiKeysGrpc.ApiKeysBlockingStub apiKeys() {
    return withToken(ApiKeysGrpc.newBlockingStub(channel), ServiceTokenResource.TOKEN);
  }

  /** The audit log. */
  public AuditLogGrpc.AuditLogBlockingStub auditLog() {
    return withToken(AuditLogGrpc.newBlockingStub(channel), ServiceTokenResource.TOKEN);
  }

  /** The ledger, called with another token. */
  public BudgetLedgerGrpc.BudgetLedgerBlockingStub ledgerWithToken(String token) {
    return withToken(BudgetLedgerGrpc.newBlockingStub(channel), token);
  }

  private static <S extends AbstractStub<S>> S withToken(S stub, String token) {
    Metadata headers = new Metadata();
    headers.put(
        Metadata.Key.of("x-octomil-service-token", Metadata.ASCII_STRING_MARSHALLER), token);
    return stub.withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers))
        .withDeadlineAfter(60, TimeUnit.SECONDS);
  }

  /** A round identifier that no other test uses. */
  public static ByteString newRound() {
    UUID id = UUID.randomUUID();
    return ByteString.copyFrom(
        ByteBuffer.allocate(16)
            .putLong(id.getMostSignificantBits())
            .putLong(id.getLeastSignificantBits())
            .array());
  }

  /** Reserves a round. */
  public ReserveResponse reserve(String federation, ByteString round, int attempt) {
    return ledger()
        .reserve(
            ReserveRequest.newBuilder()
                .setFederation(federation)
                .setRoundId(round)
                .setAttempt(attempt)
                .build());
  }

  /** Reserves a new round that must be granted, and returns its reservation. */
  public String reserved(String federation) {
    ReserveResponse response = reserve(federation, newRound(), 1);
    if (!response.hasReserved()) {
      throw new AssertionError("not reserved: " + response);
    }
    return response.getReserved().getReservationId();
  }

  /** Commits and returns what is spent. */
  public String commit(String reservation, int cohort, int survivors) {
    return ledger()
        .commit(
            CommitRequest.newBuilder()
                .setReservationId(reservation)
                .setCohort(cohort)
                .setSurvivors(survivors)
                .build())
        .getEpsilonSpent();
  }

  /** Releases and returns what is spent. */
  public String release(String reservation) {
    return ledger()
        .release(
            ReleaseRequest.newBuilder()
                .setReservationId(reservation)
                .setReason(
                    Aborted.newBuilder()
                        .setReason(AbortReason.ABORT_REASON_TOO_FEW_DEVICES)
                        .setDetail("3 of 10 devices came"))
                .build())
        .getEpsilonSpent();
  }

  @Override
  public void close() {
    channel.shutdownNow();
  }
}
