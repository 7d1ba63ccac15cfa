package com.octomil.privacy.aggregator.client;

import com.octomil.privacy.aggregator.config.AggregatorConfig;
import com.octomil.privacy.kit.grpc.ServiceTokenClientInterceptor;
import com.octomil.privacy.proto.relay.v1.CheckSurvivorsRequest;
import com.octomil.privacy.proto.relay.v1.CheckSurvivorsResponse;
import com.octomil.privacy.proto.relay.v1.CloseSessionRequest;
import com.octomil.privacy.proto.relay.v1.CloseSessionResponse;
import com.octomil.privacy.proto.relay.v1.ExcludeDeviceRequest;
import com.octomil.privacy.proto.relay.v1.ExcludeDeviceResponse;
import com.octomil.privacy.proto.relay.v1.GetParticipantsRequest;
import com.octomil.privacy.proto.relay.v1.GetParticipantsResponse;
import com.octomil.privacy.proto.relay.v1.GetSessionRequest;
import com.octomil.privacy.proto.relay.v1.GetSessionResponse;
import com.octomil.privacy.proto.relay.v1.OpenGraphRequest;
import com.octomil.privacy.proto.relay.v1.OpenGraphResponse;
import com.octomil.privacy.proto.relay.v1.OpenSessionRequest;
import com.octomil.privacy.proto.relay.v1.OpenSessionResponse;
import com.octomil.privacy.proto.relay.v1.RelayDevicesGrpc;
import com.octomil.privacy.proto.relay.v1.RelaySessionsGrpc;
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
 * The calls of the relay, each with a deadline of its own. All are idempotent by contract, so all
 * may be retried, but only after failures that say so. Blocking.
 */
@ApplicationScoped
@Timeout(value = 60, unit = ChronoUnit.SECONDS)
@Bulkhead(256)
public class RelayCalls {
  private final AggregatorConfig config;

  @GrpcClient("relay")
  @RegisterClientInterceptor(ServiceTokenClientInterceptor.class)
  RelaySessionsGrpc.RelaySessionsBlockingStub relay;

  @GrpcClient("relay")
  @RegisterClientInterceptor(ServiceTokenClientInterceptor.class)
  RelayDevicesGrpc.RelayDevicesBlockingStub devices;

  RelayCalls(AggregatorConfig config) {
    this.config = config;
  }

  @Retry(maxRetries = 3, delay = 100, jitter = 50, retryOn = PeerFailure.class)
  @CircuitBreaker(requestVolumeThreshold = 8, delay = 1000, failOn = PeerFailure.class)
  @CircuitBreakerName("relay-open-session")
  OpenSessionResponse openSession(OpenSessionRequest request) {
    return Calls.classify(() -> timed(0).openSession(request));
  }

  @Retry(maxRetries = 3, delay = 100, jitter = 50, retryOn = PeerFailure.class)
  @CircuitBreaker(requestVolumeThreshold = 8, delay = 1000, failOn = PeerFailure.class)
  @CircuitBreakerName("relay-get-session")
  GetSessionResponse getSession(GetSessionRequest request) {
    return Calls.classify(() -> timed(request.getWaitMillis()).getSession(request));
  }

  @Retry(maxRetries = 3, delay = 100, jitter = 50, retryOn = PeerFailure.class)
  @CircuitBreaker(requestVolumeThreshold = 8, delay = 1000, failOn = PeerFailure.class)
  @CircuitBreakerName("relay-get-participants")
  GetParticipantsResponse getParticipants(GetParticipantsRequest request) {
    return Calls.classify(() -> timed(0).getParticipants(request));
  }

  @Retry(maxRetries = 3, delay = 100, jitter = 50, retryOn = PeerFailure.class)
  @CircuitBreaker(requestVolumeThreshold = 8, delay = 1000, failOn = PeerFailure.class)
  @CircuitBreakerName("relay-open-graph")
  OpenGraphResponse openGraph(OpenGraphRequest request) {
    return Calls.classify(() -> timed(0).openGraph(request));
  }

  @Retry(maxRetries = 3, delay = 100, jitter = 50, retryOn = PeerFailure.class)
  @CircuitBreaker(requestVolumeThreshold = 8, delay = 1000, failOn = PeerFailure.class)
  @CircuitBreakerName("relay-check-survivors")
  CheckSurvivorsResponse checkSurvivors(CheckSurvivorsRequest request) {
    return Calls.classify(() -> timed(0).checkSurvivors(request));
  }

  @Retry(maxRetries = 3, delay = 100, jitter = 50, retryOn = PeerFailure.class)
  @CircuitBreaker(requestVolumeThreshold = 8, delay = 1000, failOn = PeerFailure.class)
  @CircuitBreakerName("relay-close-session")
  CloseSessionResponse closeSession(CloseSessionRequest request) {
    return Calls.classify(() -> timed(0).closeSession(request));
  }

  @Retry(maxRetries = 3, delay = 100, jitter = 50, retryOn = PeerFailure.class)
  @CircuitBreaker(requestVolumeThreshold = 8, delay = 1000, failOn = PeerFailure.class)
  @CircuitBreakerName("relay-exclude-device")
  ExcludeDeviceResponse excludeDevice(ExcludeDeviceRequest request) {
    return Calls.classify(() ->
        devices
            .withDeadlineAfter(config.peerDeadline().toMillis(), TimeUnit.MILLISECONDS)
            .excludeDevice(request));
  }

  // A deadline is an instant: it belongs to a call, not to a stub.
  private RelaySessionsGrpc.RelaySessionsBlockingStub timed(int heldMillis) {
    return relay.withDeadlineAfter(
        config.peerDeadline().toMillis() + heldMillis, TimeUnit.MILLISECONDS);
  }
}
