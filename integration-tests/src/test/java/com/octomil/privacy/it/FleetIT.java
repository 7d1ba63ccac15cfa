package com.octomil.privacy.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.octomil.privacy.cli.stack.Endpoints;
import com.octomil.privacy.device.LocalPolicy;
import com.octomil.privacy.device.transport.Step;
import com.octomil.privacy.it.Api.Of;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A round of two hundred devices over the three real processes, where a neighbourhood is smaller
 * than the cohort, and a tenth of the devices vanish, some at every step.
 */
@Timeout(300)
class FleetIT {

  private static final int DEVICES = 200;
  private static final int VANISHING_OF_EACH_STEP = 4;

  /** No multiple of anything that masks or packing work in. */
  private static final int LENGTH = 1_031;

  private static final int BITS = 8;

  private static final Step[] STEPS = {
    Step.ADVERTISE, Step.SUBMIT_SHARES, Step.UPLOAD, Step.SIGN_SURVIVORS, Step.REVEAL
  };

  private static final int PHASE_SECONDS = 2 * Integer.getInteger("octomil.it.phase.seconds", 8);

  private final Endpoints endpoints = Services.stack().endpoints();
  private final Api api = new Api(endpoints);

  @Test
  void theSumOfTwoHundredIsExactWhenSomeVanishAtEveryStep() throws Exception {
    String federation = Services.newFederation("fleet");
    api.put(
            Of.BUDGET,
            "/api/v1/federations/" + federation + "/privacy",
            Bodies.privacy("", true, DEVICES, BITS))
        .expect(201);
    Map<Integer, Step> vanishing = new HashMap<>();
    for (int i = 0; i < VANISHING_OF_EACH_STEP * STEPS.length; i++) {
      vanishing.put(i * 9 + 5, STEPS[i % STEPS.length]);
    }
    Training training = new Training(api, endpoints.apiKey(), federation);
    training.createModel("m", new float[LENGTH]);
    try (TestFleet fleet =
        TestFleet.enroll(
            api, endpoints, federation, DEVICES, LocalPolicy.standard().withMinimumCohort(10))) {
      String job = training.start(Bodies.training(1, DEVICES, PHASE_SECONDS));
      fleet.start(vanishing, 1.0 / (1 << BITS));

      JsonNode done = training.await(job, Set.of("completed", "failed", "paused"));

      assertThat(done.path("state").asText())
          .as(done + " " + fleet.summary())
          .isEqualTo("completed");
      JsonNode round = done.path("rounds").path(0);
      assertThat(round.path("cohort").asInt()).isEqualTo(DEVICES - VANISHING_OF_EACH_STEP);
      assertThat(round.path("survivors").asInt())
          .as(done + " " + fleet.summary())
          .isEqualTo(DEVICES - 3 * VANISHING_OF_EACH_STEP);
      long[] expected = new long[LENGTH];
      for (int device = 0; device < DEVICES; device++) {
        if (!vanishing.containsKey(device) || vanishing.get(device).compareTo(Step.UPLOAD) > 0) {
          int[] encoding = TestFleet.encoding(device, LENGTH);
          for (int i = 0; i < LENGTH; i++) {
            expected[i] += encoding[i];
          }
        }
      }
      JsonNode aggregate = training.aggregate(job, 1);
      assertThat(aggregate).hasSize(LENGTH);
      for (int i = 0; i < LENGTH; i++) {
        assertThat(aggregate.get(i).asLong()).as("coordinate %d", i).isEqualTo(expected[i]);
      }
    }
  }
}
