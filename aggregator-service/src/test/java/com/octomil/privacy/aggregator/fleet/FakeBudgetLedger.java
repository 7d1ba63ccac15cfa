package com.octomil.privacy.aggregator.fleet;

import com.octomil.privacy.kit.grpc.Replies;
import com.octomil.privacy.kit.grpc.ServiceTokenServerInterceptor;
import com.octomil.privacy.proto.budget.v1.BudgetExhausted;
import com.octomil.privacy.proto.budget.v1.BudgetLedgerGrpc;
import com.octomil.privacy.proto.budget.v1.CommitRequest;
import com.octomil.privacy.proto.budget.v1.CommitResponse;
import com.octomil.privacy.proto.budget.v1.FederationUnknown;
import com.octomil.privacy.proto.budget.v1.PrivacyConfiguration;
import com.octomil.privacy.proto.budget.v1.ReleaseRequest;
import com.octomil.privacy.proto.budget.v1.ReleaseResponse;
import com.octomil.privacy.proto.budget.v1.ReserveRequest;
import com.octomil.privacy.proto.budget.v1.ReserveResponse;
import com.octomil.privacy.proto.budget.v1.Reserved;
import io.grpc.stub.StreamObserver;
import io.quarkus.grpc.GrpcService;
import io.quarkus.grpc.RegisterInterceptor;
import java.util.HexFormat;

/** Reserves as long as the table says, and notes what is settled. */
@GrpcService
@RegisterInterceptor(ServiceTokenServerInterceptor.class)
public class FakeBudgetLedger extends BudgetLedgerGrpc.BudgetLedgerImplBase {
  private final BudgetTable table;

  FakeBudgetLedger(BudgetTable table) {
    this.table = table;
  }

  @Override
  public void reserve(ReserveRequest request, StreamObserver<ReserveResponse> observer) {
    Replies.unary(
        observer,
        () -> {
          table.checkRound(request.getFederation());
          PrivacyConfiguration configuration = table.configurations.get(request.getFederation());
          if (configuration == null) {
            return ReserveResponse.newBuilder()
                .setFederationUnknown(FederationUnknown.getDefaultInstance())
                .build();
          }
          String id = "res-" + HexFormat.of().formatHex(request.getRoundId().toByteArray());
          if (!table.federationOf.containsKey(id)) {
            int left = table.affordable.merge(request.getFederation(), -1, Integer::sum);
            if (left < 0) {
              table.affordable.put(request.getFederation(), 0);
              return ReserveResponse.newBuilder()
                  .setExhausted(
                      BudgetExhausted.newBuilder()
                          .setEpsilonBudget("4")
                          .setEpsilonSpent("3.9")
                          .setEpsilonRequired("4.1"))
                  .build();
            }
            table.know(id, request.getFederation());
          }
          return ReserveResponse.newBuilder()
              .setReserved(
                  Reserved.newBuilder()
                      .setReservationId(id)
                      .setConfiguration(configuration)
                      .setEpsilonAfter("1"))
              .build();
        });
  }

  @Override
  public void commit(CommitRequest request, StreamObserver<CommitResponse> observer) {
    Replies.unary(
        observer,
        () -> {
          table.commits.add(
              new BudgetTable.Settled(
                  request.getReservationId(), request.getCohort(), request.getSurvivors()));
          return CommitResponse.newBuilder().setEpsilonSpent("0.25").build();
        });
  }

  @Override
  public void release(ReleaseRequest request, StreamObserver<ReleaseResponse> observer) {
    Replies.unary(
        observer,
        () -> {
          table.releases.add(request.getReservationId());
          return ReleaseResponse.newBuilder().setEpsilonSpent("0").build();
        });
  }
}
