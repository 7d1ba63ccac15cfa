package com.octomil.privacy.budget.grpc;

import com.octomil.privacy.kit.auth.ApiKeyVerifier;
import com.octomil.privacy.kit.auth.Principal;
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
import java.time.Duration;

/** API keys, for the other services. */
@GrpcService
@RegisterInterceptor(ServiceTokenServerInterceptor.class)
public class ApiKeysService extends ApiKeysGrpc.ApiKeysImplBase {

  private static final Duration LOOKUP = Duration.ofSeconds(10);

  private final ApiKeyVerifier verifier;

  ApiKeysService(ApiKeyVerifier verifier) {
    this.verifier = verifier;
  }

  @Override
  public void verifyApiKey(
      VerifyApiKeyRequest request, StreamObserver<VerifyApiKeyResponse> observer) {
    Replies.unary(
        observer,
        () ->
            verifier
                .verify(request.getApiKey())
                .await()
                .atMost(LOOKUP)
                .map(principal ->
                    VerifyApiKeyResponse.newBuilder().setIdentity(toProto(principal)).build())
                .orElseGet(() ->
                    VerifyApiKeyResponse.newBuilder()
                        .setInvalid(ApiKeyInvalid.getDefaultInstance())
                        .build()));
  }

  private static ApiKeyIdentity toProto(Principal principal) {
    ApiKeyIdentity.Builder identity = ApiKeyIdentity.newBuilder().setKeyId(principal.keyId());
    principal.federation().ifPresent(identity::setFederation);
    principal.scopes().stream()
        .sorted()
        .map(scope ->
            switch (scope) {
              case ADMIN -> Scope.SCOPE_ADMIN;
              case OPERATOR -> Scope.SCOPE_OPERATOR;
              case AUDITOR -> Scope.SCOPE_AUDITOR;
              case READ -> Scope.SCOPE_READ;
            })
        .forEach(identity::addScopes);
    return identity.build();
  }
}
