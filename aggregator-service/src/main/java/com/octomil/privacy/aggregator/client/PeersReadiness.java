package com.octomil.privacy.aggregator.client;

import com.octomil.privacy.aggregator.config.AggregatorConfig;
import com.octomil.privacy.kit.grpc.ServiceTokenClientInterceptor;
import grpc.health.v1.HealthGrpc;
import grpc.health.v1.HealthOuterClass.HealthCheckRequest;
import grpc.health.v1.HealthOuterClass.HealthCheckResponse.ServingStatus;
import io.grpc.Channel;
import io.grpc.StatusRuntimeException;
import io.quarkus.grpc.GrpcClient;
import io.quarkus.grpc.RegisterClientInterceptor;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.HealthCheckResponseBuilder;
import org.eclipse.microprofile.health.Readiness;

/**
 * Ready only if a round could be served: the budget service to reserve from and the relay to meet
 * devices at answer, or have answered within {@code octomil.aggregator.peer-patience}. So long a
 * round waits for them, and cutting devices off meanwhile would end rounds that need no peer.
 */
@Readiness
@ApplicationScoped
public class PeersReadiness implements HealthCheck {
  private static final long DEADLINE_MILLIS = 2000;

  private final Duration patience;
  private final Clock clock;
  private final Map<String, Instant> answered = new ConcurrentHashMap<>();

  @GrpcClient("budget")
  @RegisterClientInterceptor(ServiceTokenClientInterceptor.class)
  Channel budget;

  @GrpcClient("relay")
  @RegisterClientInterceptor(ServiceTokenClientInterceptor.class)
  Channel relay;

  PeersReadiness(AggregatorConfig config, Clock clock) {
    this.patience = config.peerPatience();
    this.clock = clock;
  }

  @Override
  public HealthCheckResponse call() {
    HealthCheckResponseBuilder response =
        HealthCheckResponse.named("budget service and relay answer");
    boolean up = answers("budget", budget, response) & answers("relay", relay, response);
    return response.status(up).build();
  }

  private boolean answers(String peer, Channel channel, HealthCheckResponseBuilder response) {
    boolean now = serving(channel);
    Instant last = now ? clock.instant() : answered.get(peer);
    if (now) {
      answered.put(peer, clock.instant());
    }
    response.withData(peer, now ? "answers" : "does not answer");
    return last != null && clock.instant().isBefore(last.plus(patience));
  }

  private static boolean serving(Channel channel) {
    try {
      return HealthGrpc.newBlockingStub(channel)
              .withDeadlineAfter(DEADLINE_MILLIS, TimeUnit.MILLISECONDS)
              .check(HealthCheckRequest.getDefaultInstance())
              .getStatus()
          == ServingStatus.SERVING;
    } catch (StatusRuntimeException e) {
      return false;
    }
  }
}
