package com.octomil.privacy.aggregator.fleet;

import com.octomil.privacy.kit.grpc.Replies;
import com.octomil.privacy.kit.grpc.ServiceTokenServerInterceptor;
import com.octomil.privacy.proto.budget.v1.ApiKeyIdentity;
import com.octomil.privacy.proto.budget.v1.ApiKeyInvalid;
import com.octomil.privacy.proto.budget.v1.ApiKeysGrpc;
import com.octomil.privacy.proto.budget.v1.Scope;
import com.octomil.privacy.proto.budget.v1.VerifyApiKeyRequest;
import com.octomil.privacy.proto.budget.v1.VerifyApiKeyResponse;
import io.grpc.stub.StreamObserver;
import io.quarkus.grpc.GrpcService;
import io.quarkus.grpc.RegisterInterceptor;

/** Knows three keys. */
@GrpcService
@RegisterInterceptor(ServiceTokenServerInterceptor.class)
public class FakeApiKeys extends ApiKeysGrpc.ApiKeysImplBase {

  @Override
  public void verifyApiKey(
      VerifyApiKeyRequest request, StreamObserver<VerifyApiKeyResponse> observer) {
    Replies.unary(
        observer,
        () ->
            switch (request.getApiKey()) {
              case "edg_operator" -> key("k-operator", Scope.SCOPE_OPERATOR, "");
              case "edg_read" -> key("k-read", Scope.SCOPE_READ, "");
              case "edg_other" -> key("k-other", Scope.SCOPE_OPERATOR, "other");
              default ->
                  VerifyApiKeyResponse.newBuilder()
                      .setInvalid(ApiKeyInvalid.getDefaultInstance())
                      .build();
            });
  }

  private static VerifyApiKeyResponse key(String id, Scope scope, String federation) {
    return VerifyApiKeyResponse.newBuilder()
        .setIdentity(
            ApiKeyIdentity.newBuilder().setKeyId(id).addScopes(scope).setFederation(federation))
        .build();
  }
}
