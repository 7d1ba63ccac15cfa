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
 * than the cohort, and some devices vanish after they shared. Drop-outs at the other steps: {@link
 * RoundIT}.
 */
@Timeout(300)
class FleetIT {

  private static final int DEVICES = 120;
  private static final int VANISHING = 12;

  /** No multiple of anything that masks or packing work in. */
  private static final int LENGTH = 1_031;

  private static final int BITS = 8;

  /**
   * Long enough for all keys and masks of the fleet on two cores; the upload takes just as long.
   */
  private static final int PHASE_SECONDS = 3 * Integer.getInteger("octomil.it.phase.seconds", 8);

  private final Endpoints endpoints = Services.stack().endpoints();
  private final Api api = new Api(endpoints);

  @Test
  void theSumOfAFleetIsExactWhenSomeVanishBeforeTheyUpload() throws Exception {
    String federation = Services.newFederation("fleet");
    api.put(
            Of.BUDGET,
            "/api/v1/federations/" + federation + "/privacy",
            Bodies.privacy("", true, DEVICES, BITS))
        .expect(201);
    Map<Integer, Step> vanishing = new HashMap<>();
    for (int i = 0; i < VANISHING; i++) {
      vanishing.put(i * 9 + 5, Step.UPLOAD);
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
      assertThat(round.path("cohort").asInt()).isEqualTo(DEVICES);
      assertThat(round.path("survivors").asInt())
          .as(done + " " + fleet.summary())
          .isEqualTo(DEVICES - VANISHING);
      long[] expected = new long[LENGTH];
      for (int device = 0; device < DEVICES; device++) {
        if (!vanishing.containsKey(device)) {
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
