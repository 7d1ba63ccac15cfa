package com.octomil.privacy.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.octomil.privacy.cli.stack.Endpoints;
import com.octomil.privacy.device.LocalPolicy;
import com.octomil.privacy.it.Api.Of;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Messages between devices and services, and between services, that are lost, late, doubled,
 * overtaken and cut off change no sum.
 */
@Timeout(300)
class MessageFaultIT {

  private static final int DEVICES = 16;
  private static final int LENGTH = 33;
  private static final int ROUNDS = 4;
  private static final int BITS = 8;

  @Test
  void sumsStayExact() throws Exception {
    long seed = new SecureRandom().nextLong();
    try (ReplicatedServices services = ReplicatedServices.start(seed)) {
      Endpoints endpoints = services.endpoints();
      Api api = new Api(endpoints);
      String federation = Services.newFederation("bad-network");
      api.put(
              Of.BUDGET,
              "/api/v1/federations/" + federation + "/privacy",
              Bodies.privacy("", true, DEVICES, BITS))
          .expect(201);
      Training training = new Training(api, endpoints.apiKey(), federation);
      training.createModel("m", new float[LENGTH]);
      try (TestFleet fleet =
          TestFleet.enroll(
              api, endpoints, federation, DEVICES, LocalPolicy.standard().withMinimumCohort(10))) {
        services.proxies().forEach(proxy -> proxy.disturb(60, Duration.ofMillis(300)));
        String job = training.start(Bodies.training(ROUNDS, DEVICES, 20));
        fleet.start(Map.of(), 1.0 / (1 << BITS));

        JsonNode done = training.await(job, Set.of("completed", "failed", "paused"));

        services.proxies().forEach(proxy -> proxy.disturb(0, Duration.ZERO));
        assertThat(done.path("state").asText())
            .as("seed %d: %s %s", seed, done, fleet.summary())
            .isEqualTo("completed");
        RoundTable rounds = new RoundTable(endpoints.databaseUrl(), job);
        long deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
        while (!rounds.attempts().stream().allMatch(RoundTable.Attempt::settled)) {
          assertThat(System.nanoTime()).isLessThan(deadline);
          Thread.sleep(50);
        }
        rounds.requireExact(fleet, LENGTH);
        // Nobody streams to the relay. Less likely than 10^-5 that one of these never happened.
        Map<FaultProxy.Fault, Integer> atRelay = services.proxies().get(1).happened();
        atRelay.remove(FaultProxy.Fault.CUT);
        assertThat(atRelay).as("seed %d", seed).doesNotContainValue(0);
        assertThat(services.proxies().get(2).happened()).as("seed %d", seed).doesNotContainValue(0);
      }
    }
  }
}
