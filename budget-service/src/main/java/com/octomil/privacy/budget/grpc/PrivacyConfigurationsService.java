package com.octomil.privacy.budget.grpc;

import com.octomil.privacy.budget.app.FederationConfigurations;
import com.octomil.privacy.budget.domain.ConfiguredVersion;
import com.octomil.privacy.budget.domain.FederationName;
import com.octomil.privacy.kit.grpc.Replies;
import com.octomil.privacy.kit.grpc.ServiceTokenServerInterceptor;
import com.octomil.privacy.kit.region.ServiceRegion;
import com.octomil.privacy.proto.budget.v1.FederationUnknown;
import com.octomil.privacy.proto.budget.v1.GetPrivacyConfigurationRequest;
import com.octomil.privacy.proto.budget.v1.GetPrivacyConfigurationResponse;
import com.octomil.privacy.proto.budget.v1.PrivacyConfigurationsGrpc;
import io.grpc.stub.StreamObserver;
import io.quarkus.grpc.GrpcService;
import io.quarkus.grpc.RegisterInterceptor;
import java.util.List;
import java.util.Optional;

/** Configurations, for the other services. */
@GrpcService
@RegisterInterceptor(ServiceTokenServerInterceptor.class)
public class PrivacyConfigurationsService
    extends PrivacyConfigurationsGrpc.PrivacyConfigurationsImplBase {

  private final FederationConfigurations configurations;

  PrivacyConfigurationsService(FederationConfigurations configurations) {
    this.configurations = configurations;
  }

  @Override
  public void getPrivacyConfiguration(
      GetPrivacyConfigurationRequest request,
      StreamObserver<GetPrivacyConfigurationResponse> observer) {
    Replies.unary(
        observer,
        () -> {
          FederationName name =
              FederationConfigurations.name("federation", request.getFederation());
          Optional<String> region = CallerRegion.of(request.getRegion());
          Optional<ConfiguredVersion> current = configurations.find(name);
          List<String> regions =
              current.map(found -> found.configuration().regions()).orElse(List.of());
          if (!ServiceRegion.admits(regions, region)) {
            throw ServiceRegion.refusal(name.value(), regions, "the caller", region);
          }
          return current
              .map(found ->
                  GetPrivacyConfigurationResponse.newBuilder()
                      .setConfiguration(
                          ConfigurationProtos.toProto(
                              name, found.account().version(), found.configuration()))
                      .build())
              .orElseGet(() ->
                  GetPrivacyConfigurationResponse.newBuilder()
                      .setFederationUnknown(FederationUnknown.getDefaultInstance())
                      .build());
        });
  }
}
