package com.octomil.privacy.aggregator.client;

import com.octomil.privacy.aggregator.config.AggregatorConfig;
import com.octomil.privacy.kit.grpc.ServiceTokenClientInterceptor;
import com.octomil.privacy.proto.budget.v1.ApiKeysGrpc;
import com.octomil.privacy.proto.budget.v1.BudgetLedgerGrpc;
import com.octomil.privacy.proto.budget.v1.CommitRequest;
import com.octomil.privacy.proto.budget.v1.CommitResponse;
import com.octomil.privacy.proto.budget.v1.GetPrivacyConfigurationRequest;
import com.octomil.privacy.proto.budget.v1.GetPrivacyConfigurationResponse;
import com.octomil.privacy.proto.budget.v1.PrivacyConfigurationsGrpc;
import com.octomil.privacy.proto.budget.v1.ReleaseRequest;
import com.octomil.privacy.proto.budget.v1.ReleaseResponse;
import com.octomil.privacy.proto.budget.v1.ReserveRequest;
import com.octomil.privacy.proto.budget.v1.ReserveResponse;
import com.octomil.privacy.proto.budget.v1.VerifyApiKeyRequest;
import com.octomil.privacy.proto.budget.v1.VerifyApiKeyResponse;
import io.grpc.stub.AbstractStub;
import io.quarkus.grpc.GrpcClient;
import io.quarkus.grpc.RegisterClientInterceptor;
import io.smallrye.faulttolerance.api.CircuitBreakerName;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.TimeUnit;
import org.eclipse.microprofile.faulttolerance.Bulkhead;
import org.eclipse.microprofile.faulttolerance.CircuitBreaker;
import org.eclipse.microprofile.faulttolerance.Retry;
import org.eclipse.microprofile.faulttolerance.Timeout;

/**
 * The calls of the budget service, each with a deadline of its own. All are idempotent by contract,
 * so all may be retried, but only after failures that say so. Blocking.
 */
@ApplicationScoped
@Timeout(value = 30, unit = ChronoUnit.SECONDS)
@Bulkhead(128)
public class BudgetCalls {
  private final AggregatorConfig config;

  @GrpcClient("budget")
  @RegisterClientInterceptor(ServiceTokenClientInterceptor.class)
  BudgetLedgerGrpc.BudgetLedgerBlockingStub ledger;

  @GrpcClient("budget")
  @RegisterClientInterceptor(ServiceTokenClientInterceptor.class)
  PrivacyConfigurationsGrpc.PrivacyConfigurationsBlockingStub configurations;

  @GrpcClient("budget")
  @RegisterClientInterceptor(ServiceTokenClientInterceptor.class)
  ApiKeysGrpc.ApiKeysBlockingStub apiKeys;

  BudgetCalls(AggregatorConfig config) {
    this.config = config;
  }

  @Retry(maxRetries = 3, delay = 100, jitter = 50, retryOn = PeerFailure.class)
  @CircuitBreaker(requestVolumeThreshold = 8, delay = 1000, failOn = PeerFailure.class)
  @CircuitBreakerName("budget-reserve")
  ReserveResponse reserve(ReserveRequest request) {
    return Calls.classify(() -> timed(ledger).reserve(request));
  }

  @Retry(maxRetries = 3, delay = 100, jitter = 50, retryOn = PeerFailure.class)
  @CircuitBreaker(requestVolumeThreshold = 8, delay = 1000, failOn = PeerFailure.class)
  @CircuitBreakerName("budget-commit")
  CommitResponse commit(CommitRequest request) {
    return Calls.classify(() -> timed(ledger).commit(request));
  }

  @Retry(maxRetries = 3, delay = 100, jitter = 50, retryOn = PeerFailure.class)
  @CircuitBreaker(requestVolumeThreshold = 8, delay = 1000, failOn = PeerFailure.class)
  @CircuitBreakerName("budget-release")
  ReleaseResponse release(ReleaseRequest request) {
    return Calls.classify(() -> timed(ledger).release(request));
  }

  @Retry(maxRetries = 2, delay = 50, jitter = 25, retryOn = PeerFailure.class)
  @CircuitBreaker(requestVolumeThreshold = 8, delay = 1000, failOn = PeerFailure.class)
  @CircuitBreakerName("budget-configuration")
  GetPrivacyConfigurationResponse configuration(GetPrivacyConfigurationRequest request) {
    return Calls.classify(() -> timed(configurations).getPrivacyConfiguration(request));
  }

  @Retry(maxRetries = 2, delay = 50, jitter = 25, retryOn = PeerFailure.class)
  @CircuitBreaker(requestVolumeThreshold = 8, delay = 1000, failOn = PeerFailure.class)
  @CircuitBreakerName("budget-api-keys")
  VerifyApiKeyResponse verify(VerifyApiKeyRequest request) {
    return Calls.classify(() -> timed(apiKeys).verifyApiKey(request));
  }

  // A deadline is an instant: it belongs to a call, not to a stub.
  private <S extends AbstractStub<S>> S timed(S stub) {
    return stub.withDeadlineAfter(config.peerDeadline().toMillis(), TimeUnit.MILLISECONDS);
  }
}
