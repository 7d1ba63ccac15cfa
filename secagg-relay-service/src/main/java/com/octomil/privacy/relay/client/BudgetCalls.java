package com.octomil.privacy.relay.client;

import com.octomil.privacy.kit.error.ServiceException;
import com.octomil.privacy.kit.grpc.GrpcFailures;
import com.octomil.privacy.kit.grpc.ServiceTokenClientInterceptor;
import com.octomil.privacy.proto.budget.v1.ApiKeysGrpc;
import com.octomil.privacy.proto.budget.v1.GetPrivacyConfigurationRequest;
import com.octomil.privacy.proto.budget.v1.GetPrivacyConfigurationResponse;
import com.octomil.privacy.proto.budget.v1.PrivacyConfigurationsGrpc;
import com.octomil.privacy.proto.budget.v1.VerifyApiKeyRequest;
import com.octomil.privacy.proto.budget.v1.VerifyApiKeyResponse;
import io.grpc.Channel;
import io.grpc.StatusRuntimeException;
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
 * The calls of the budget service that the relay needs. They only read, so they may be retried.
 * Blocking.
 */
@ApplicationScoped
public class BudgetCalls {

  private static final long DEADLINE_MILLIS = 1_500;

  @GrpcClient("budget")
  @RegisterClientInterceptor(ServiceTokenClientInterceptor.class)
  Channel channel;

  /** Asks for the configuration of a federation. */
  @Timeout(value = 5, unit = ChronoUnit.SECONDS)
  @Retry(maxRetries = 2, delay = 50, jitter = 25, retryOn = PeerFailure.class)
  @CircuitBreaker(requestVolumeThreshold = 8, delay = 1_000, failOn = PeerFailure.class)
  @CircuitBreakerName("budget-configurations")
  @Bulkhead(64)
  GetPrivacyConfigurationResponse configuration(GetPrivacyConfigurationRequest request) {
    try {
      return PrivacyConfigurationsGrpc.newBlockingStub(channel)
          .withDeadlineAfter(DEADLINE_MILLIS, TimeUnit.MILLISECONDS)
          .getPrivacyConfiguration(request);
    } catch (StatusRuntimeException e) {
      ServiceException translated = GrpcFailures.translate(e);
      throw translated.code().retryable() ? new PeerFailure(translated) : translated;
    }
  }

  /** Asks who holds an API key. */
  @Timeout(value = 5, unit = ChronoUnit.SECONDS)
  @Retry(maxRetries = 2, delay = 50, jitter = 25, retryOn = PeerFailure.class)
  @CircuitBreaker(requestVolumeThreshold = 8, delay = 1_000, failOn = PeerFailure.class)
  @CircuitBreakerName("budget-api-keys")
  @Bulkhead(64)
  VerifyApiKeyResponse verify(VerifyApiKeyRequest request) {
    try {
      // A deadline is an instant: it belongs to a call, not to a stub.
      return ApiKeysGrpc.newBlockingStub(channel)
          .withDeadlineAfter(DEADLINE_MILLIS, TimeUnit.MILLISECONDS)
          .verifyApiKey(request);
    } catch (StatusRuntimeException e) {
      ServiceException translated = GrpcFailures.translate(e);
      throw translated.code().retryable() ? new PeerFailure(translated) : translated;
    }
  }
}
