package com.octomil.privacy.aggregator.client;

import com.octomil.privacy.aggregator.config.AggregatorConfig;
import com.octomil.privacy.kit.grpc.ServiceTokenClientInterceptor;
import com.octomil.privacy.kit.health.PeerAnswers;
import io.grpc.Channel;
import io.quarkus.grpc.GrpcClient;
import io.quarkus.grpc.RegisterClientInterceptor;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Clock;
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

  private final PeerAnswers answers;

  @GrpcClient("budget")
  @RegisterClientInterceptor(ServiceTokenClientInterceptor.class)
  Channel budget;

  @GrpcClient("relay")
  @RegisterClientInterceptor(ServiceTokenClientInterceptor.class)
  Channel relay;

  PeersReadiness(AggregatorConfig config, Clock clock) {
    this.answers = new PeerAnswers(config.peerPatience(), clock);
  }

  @Override
  public HealthCheckResponse call() {
    HealthCheckResponseBuilder response =
        HealthCheckResponse.named("budget service and relay answer");
    boolean up =
        answers.recent("budget", budget, response) & answers.recent("relay", relay, response);
    return response.status(up).build();
  }
}
