package com.octomil.privacy.aggregator.fleet;

import com.octomil.privacy.kit.grpc.Replies;
import com.octomil.privacy.kit.grpc.ServiceTokenServerInterceptor;
import com.octomil.privacy.proto.budget.v1.FederationUnknown;
import com.octomil.privacy.proto.budget.v1.GetPrivacyConfigurationRequest;
import com.octomil.privacy.proto.budget.v1.GetPrivacyConfigurationResponse;
import com.octomil.privacy.proto.budget.v1.PrivacyConfiguration;
import com.octomil.privacy.proto.budget.v1.PrivacyConfigurationsGrpc;
import io.grpc.stub.StreamObserver;
import io.quarkus.grpc.GrpcService;
import io.quarkus.grpc.RegisterInterceptor;

/** Answers from the table. */
@GrpcService
@RegisterInterceptor(ServiceTokenServerInterceptor.class)
public class FakeConfigurations extends PrivacyConfigurationsGrpc.PrivacyConfigurationsImplBase {
  private final BudgetTable table;

  FakeConfigurations(BudgetTable table) {
    this.table = table;
  }

  @Override
  public void getPrivacyConfiguration(
      GetPrivacyConfigurationRequest request,
      StreamObserver<GetPrivacyConfigurationResponse> observer) {
    Replies.unary(
        observer,
        () -> {
          table.check(request.getFederation());
          PrivacyConfiguration configuration = table.configurations.get(request.getFederation());
          GetPrivacyConfigurationResponse.Builder response =
              GetPrivacyConfigurationResponse.newBuilder();
          return configuration == null
              ? response.setFederationUnknown(FederationUnknown.getDefaultInstance()).build()
              : response.setConfiguration(configuration).build();
        });
  }
}
