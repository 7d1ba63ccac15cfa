package com.octomil.privacy.kit.health;

import grpc.health.v1.HealthGrpc;
import grpc.health.v1.HealthOuterClass.HealthCheckRequest;
import grpc.health.v1.HealthOuterClass.HealthCheckResponse.ServingStatus;
import io.grpc.Channel;
import io.grpc.StatusRuntimeException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.eclipse.microprofile.health.HealthCheckResponseBuilder;

/** Asks other services for their gRPC health and remembers when they last answered. Thread-safe. */
public final class PeerAnswers {

  private static final long DEADLINE_MILLIS = 2000;

  private final Duration patience;
  private final Clock clock;
  private final Map<String, Instant> answered = new ConcurrentHashMap<>();

  /**
   * @param patience how long after its last answer a peer still counts as there
   */
  public PeerAnswers(Duration patience, Clock clock) {
    this.patience = patience;
    this.clock = clock;
  }

  /**
   * Asks {@code peer} now, notes the answer under its name, and says whether it serves or did
   * within the patience. Blocks for at most two seconds.
   */
  public boolean recent(String peer, Channel channel, HealthCheckResponseBuilder response) {
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
