package com.octomil.privacy.relay.testing;

import com.octomil.privacy.kit.test.ServiceTokenResource;
import com.octomil.privacy.proto.budget.v1.ApiKeyIdentity;
import com.octomil.privacy.proto.budget.v1.ApiKeyInvalid;
import com.octomil.privacy.proto.budget.v1.ApiKeysGrpc;
import com.octomil.privacy.proto.budget.v1.FederationUnknown;
import com.octomil.privacy.proto.budget.v1.GetPrivacyConfigurationRequest;
import com.octomil.privacy.proto.budget.v1.GetPrivacyConfigurationResponse;
import com.octomil.privacy.proto.budget.v1.PrivacyConfigurationsGrpc;
import com.octomil.privacy.proto.budget.v1.Scope;
import com.octomil.privacy.proto.budget.v1.VerifyApiKeyRequest;
import com.octomil.privacy.proto.budget.v1.VerifyApiKeyResponse;
import grpc.health.v1.HealthGrpc;
import grpc.health.v1.HealthOuterClass.HealthCheckRequest;
import grpc.health.v1.HealthOuterClass.HealthCheckResponse;
import io.grpc.Grpc;
import io.grpc.InsecureServerCredentials;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A budget service that knows a few API keys, on the real wire, and a free port for the relay's own
 * gRPC server.
 */
public class PeersResource implements QuarkusTestResourceLifecycleManager {

  /** Where the test finds the relay's gRPC server. */
  public static final String GRPC_PORT = "test.grpc-port";

  /** Where the relay is. */
  public static final String REGION = "eu";

  /** A federation that is pinned to the relay's region. */
  public static final String PINNED_HERE = "pinned-here";

  /** A federation that is pinned elsewhere. */
  public static final String PINNED_ELSEWHERE = "pinned-elsewhere";

  private @Nullable Server budget;

  @Override
  public Map<String, String> start() {
    try {
      Server server =
          Grpc.newServerBuilderForPort(0, InsecureServerCredentials.create())
              .addService(new KnownKeys())
              .addService(new KnownPins())
              .addService(new Serving())
              .intercept(new TokenCheck())
              .build()
              .start();
      budget = server;
      String port = Integer.toString(freePort());
      Map<String, String> config = new HashMap<>();
      config.put("octomil.region", REGION);
      config.put("quarkus.grpc.clients.budget.host", "127.0.0.1");
      // The first of each pair is read in this JVM, the second by the packaged service.
      config.put("quarkus.grpc.clients.budget.test-port", Integer.toString(server.getPort()));
      config.put("quarkus.grpc.clients.budget.port", Integer.toString(server.getPort()));
      config.put("quarkus.grpc.server.test-port", port);
      config.put(GRPC_PORT, port);
      return config;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void stop() {
    Server server = budget;
    if (server != null) {
      server.shutdownNow();
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private static final class KnownPins
      extends PrivacyConfigurationsGrpc.PrivacyConfigurationsImplBase {
    @Override
    public void getPrivacyConfiguration(
        GetPrivacyConfigurationRequest request,
        StreamObserver<GetPrivacyConfigurationResponse> observer) {
      GetPrivacyConfigurationResponse.Builder response =
          GetPrivacyConfigurationResponse.newBuilder();
      switch (request.getFederation()) {
        case PINNED_HERE -> response.getConfigurationBuilder().addRegions(request.getRegion());
        case PINNED_ELSEWHERE -> response.getConfigurationBuilder().addRegions("us");
        default -> response.setFederationUnknown(FederationUnknown.getDefaultInstance());
      }
      observer.onNext(response.build());
      observer.onCompleted();
    }
  }

  private static final class Serving extends HealthGrpc.HealthImplBase {
    @Override
    public void check(HealthCheckRequest request, StreamObserver<HealthCheckResponse> observer) {
      observer.onNext(
          HealthCheckResponse.newBuilder()
              .setStatus(HealthCheckResponse.ServingStatus.SERVING)
              .build());
      observer.onCompleted();
    }
  }

  private static final class KnownKeys extends ApiKeysGrpc.ApiKeysImplBase {
    private final Map<String, AtomicInteger> calls = new ConcurrentHashMap<>();

    @Override
    public void verifyApiKey(
        VerifyApiKeyRequest request, StreamObserver<VerifyApiKeyResponse> observer) {
      int call =
          calls.computeIfAbsent(request.getApiKey(), _ -> new AtomicInteger()).incrementAndGet();
      switch (request.getApiKey()) {
        case "edg_admin" -> answer(observer, identity(Scope.SCOPE_ADMIN, ""));
        case "edg_operator" -> answer(observer, identity(Scope.SCOPE_OPERATOR, ""));
        case "edg_reader" -> answer(observer, identity(Scope.SCOPE_READ, ""));
        case "edg_auditor" -> answer(observer, identity(Scope.SCOPE_AUDITOR, ""));
        case "edg_clinic" -> answer(observer, identity(Scope.SCOPE_OPERATOR, "clinic"));
        case "edg_flaky" -> {
          if (call == 1) {
            observer.onError(Status.UNAVAILABLE.asRuntimeException());
          } else {
            answer(observer, identity(Scope.SCOPE_ADMIN, ""));
          }
        }
        case "edg_once" -> {
          if (call == 1) {
            answer(observer, identity(Scope.SCOPE_READ, ""));
          } else {
            answer(
                observer,
                VerifyApiKeyResponse.newBuilder()
                    .setInvalid(ApiKeyInvalid.getDefaultInstance())
                    .build());
          }
        }
        case "edg_down" -> observer.onError(Status.UNAVAILABLE.asRuntimeException());
        default ->
            answer(
                observer,
                request.getApiKey().startsWith("edg_healthy")
                    ? identity(Scope.SCOPE_ADMIN, "")
                    : VerifyApiKeyResponse.newBuilder()
                        .setInvalid(ApiKeyInvalid.getDefaultInstance())
                        .build());
      }
    }

    private static VerifyApiKeyResponse identity(Scope scope, String federation) {
      return VerifyApiKeyResponse.newBuilder()
          .setIdentity(
              ApiKeyIdentity.newBuilder()
                  .setKeyId("key-of-the-test")
                  .addScopes(scope)
                  .setFederation(federation))
          .build();
    }

    private static void answer(
        StreamObserver<VerifyApiKeyResponse> observer, VerifyApiKeyResponse response) {
      observer.onNext(response);
      observer.onCompleted();
    }
  }

  private static final class TokenCheck implements ServerInterceptor {
    private static final Metadata.Key<String> HEADER =
        Metadata.Key.of("x-octomil-service-token", Metadata.ASCII_STRING_MARSHALLER);

    @Override
    public <Q, R> ServerCall.Listener<Q> interceptCall(
        ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
      if (!ServiceTokenResource.TOKEN.equals(headers.get(HEADER))) {
        call.close(Status.UNAUTHENTICATED, new Metadata());
        return new ServerCall.Listener<>() {};
      }
      return next.startCall(call, headers);
    }
  }
}
