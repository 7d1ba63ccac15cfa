package com.octomil.privacy.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.octomil.privacy.cli.stack.Endpoints;
import com.octomil.privacy.cli.stack.Service;
import com.octomil.privacy.cli.stack.Stack;
import com.octomil.privacy.device.LocalPolicy;
import com.octomil.privacy.it.Api.Of;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A service that is killed comes back with everything it had acknowledged. */
@Timeout(180)
class RestartIT {

  private static final int DEVICES = 20;
  private static final int BITS = 8;

  @Test
  void everyServiceKeepsItsStateAndTrainingGoesOn() throws Exception {
    Stack stack = Services.stack();
    Endpoints endpoints = stack.endpoints();
    Api api = new Api(endpoints);
    String federation = Services.newFederation("restart");
    String base = "/api/v1/federations/" + federation;
    api.put(
            Of.BUDGET,
            base + "/privacy",
            Bodies.privacy(
                "\"epsilon\": 20, \"delta\": 1e-5, \"noise_multiplier\": 2.0,",
                true,
                DEVICES,
                BITS))
        .expect(201);
    Training training = new Training(api, endpoints.apiKey(), federation);
    training.createModel("m", new float[5]);
    try (TestFleet fleet =
        TestFleet.enroll(
            api, endpoints, federation, DEVICES, LocalPolicy.standard().withMinimumCohort(10))) {
      String first = training.start(Bodies.training(1, DEVICES, 20));
      fleet.start(Map.of(), 1.0 / (1 << BITS));
      assertThat(
              training.await(first, Set.of("completed", "failed", "paused")).path("state").asText())
          .as(() -> fleet.outcomes().toString())
          .isEqualTo("completed");
      Map<String, JsonNode> before = state(api, base, first);

      for (Service service : Service.values()) {
        stack.crashAndRestart(service);
        assertThat(state(api, base, first))
            .as("after a crash of " + service.module())
            .isEqualTo(before);
      }

      // The devices' tokens and certificates are good as before.
      String second = training.start(Bodies.training(1, DEVICES, 20));
      JsonNode done = training.await(second, Set.of("completed", "failed", "paused"));
      assertThat(done.path("state").asText())
          .as(done + " " + fleet.outcomes())
          .isEqualTo("completed");
      assertThat(training.budget().path("rounds_completed").asInt()).isEqualTo(2);
    }
  }

  private static Map<String, JsonNode> state(Api api, String base, String job) {
    Map<String, JsonNode> state = new LinkedHashMap<>();
    state.put("privacy", api.getPatiently(Of.BUDGET, base + "/privacy").expect(200).json());
    state.put("budget", api.getPatiently(Of.BUDGET, base + "/privacy/budget").expect(200).json());
    state.put(
        "rounds", api.getPatiently(Of.BUDGET, base + "/privacy/budget/rounds").expect(200).json());
    state.put("devices", api.getPatiently(Of.RELAY, base + "/devices").expect(200).json());
    state.put(
        "authority", api.getPatiently(Of.RELAY, "/api/v1/enrollment-authority").expect(200).json());
    state.put("model", api.getPatiently(Of.AGGREGATOR, base + "/models/m").expect(200).json());
    state.put("job", api.getPatiently(Of.AGGREGATOR, base + "/training/" + job).expect(200).json());
    state.put(
        "aggregate",
        api.getPatiently(Of.AGGREGATOR, base + "/training/" + job + "/rounds/1/aggregate")
            .expect(200)
            .json());
    return state;
  }
}
