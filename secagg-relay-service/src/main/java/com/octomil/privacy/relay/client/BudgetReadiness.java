package com.octomil.privacy.relay.client;

import com.octomil.privacy.kit.grpc.ServiceTokenClientInterceptor;
import com.octomil.privacy.kit.health.PeerAnswers;
import io.grpc.Channel;
import io.quarkus.grpc.GrpcClient;
import io.quarkus.grpc.RegisterClientInterceptor;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Clock;
import java.time.Duration;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.HealthCheckResponseBuilder;
import org.eclipse.microprofile.health.Readiness;

/**
 * Ready only if devices could be enrolled and rounds served: the budget service, which knows API
 * keys and pins, answers or has answered within a minute. Rounds that run need nothing of it, so a
 * restart of the budget service does not cut devices off.
 */
@Readiness
@ApplicationScoped
public class BudgetReadiness implements HealthCheck {

  private static final Duration PATIENCE = Duration.ofMinutes(1);

  private final PeerAnswers answers;

  @GrpcClient("budget")
  @RegisterClientInterceptor(ServiceTokenClientInterceptor.class)
  Channel budget;

  BudgetReadiness(Clock clock) {
    this.answers = new PeerAnswers(PATIENCE, clock);
  }

  @Override
  public HealthCheckResponse call() {
    HealthCheckResponseBuilder response = HealthCheckResponse.named("budget service answers");
    return response.status(answers.recent("budget", budget, response)).build();
  }
}
