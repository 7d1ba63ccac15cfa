package com.octomil.privacy.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.octomil.privacy.cli.stack.Endpoints;
import com.octomil.privacy.device.LocalPolicy;
import com.octomil.privacy.device.transport.Step;
import com.octomil.privacy.it.Api.Of;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Rounds over the three real processes. */
@Timeout(300)
class RoundIT {

  private static final int DEVICES = 24;
  private static final int LENGTH = 33;

  /** Clipping radius 1 over 2^8 steps. */
  private static final int BITS = 8;

  private static final double GRID_STEP = 1.0 / (1 << BITS);

  /** One device vanishes before each of these. */
  private static final Map<Integer, Step> VANISHING =
      Map.of(
          1, Step.CHECK_IN,
          4, Step.ADVERTISE,
          9, Step.SUBMIT_SHARES,
          13, Step.UPLOAD,
          17, Step.SIGN_SURVIVORS,
          22, Step.REVEAL);

  /**
   * Every step that a device vanishes from takes as long; raise it on a computer that is too slow
   * for this.
   */
  private static final int PHASE_SECONDS = Integer.getInteger("octomil.it.phase.seconds", 8);

  private final Endpoints endpoints = Services.stack().endpoints();
  private final Api api = new Api(endpoints);

  @Test
  void thePublishedSumIsExactlyTheSumOfTheSurvivorsEncodings() throws Exception {
    String federation = Services.newFederation("exact-sum");
    api.put(
            Of.BUDGET,
            "/api/v1/federations/" + federation + "/privacy",
            Bodies.privacy("", true, DEVICES, BITS))
        .expect(201);
    Training training = new Training(api, endpoints.apiKey(), federation);
    float[] initial = new float[LENGTH];
    for (int i = 0; i < LENGTH; i++) {
      initial[i] = i / 4f;
    }
    training.createModel("m", initial);
    try (TestFleet fleet =
        TestFleet.enroll(
            api, endpoints, federation, DEVICES, LocalPolicy.standard().withMinimumCohort(10))) {
      String job = training.start(Bodies.training(1, DEVICES, PHASE_SECONDS));
      fleet.start(VANISHING, GRID_STEP);

      JsonNode done = training.await(job, Set.of("completed", "failed", "paused"));

      assertThat(done.path("state").asText())
          .as(done + " " + fleet.summary())
          .isEqualTo("completed");
      long[] expected = new long[LENGTH];
      for (int device = 0; device < DEVICES; device++) {
        if (!VANISHING.containsKey(device) || VANISHING.get(device).compareTo(Step.UPLOAD) > 0) {
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
      JsonNode round = done.path("rounds").path(0);
      assertThat(round.path("cohort").asInt()).isEqualTo(DEVICES - 2);
      assertThat(round.path("survivors").asInt()).isEqualTo(DEVICES - 4);
      JsonNode dropped = round.path("dropped");
      assertThat(dropped.path("advertise").asInt()).isEqualTo(1);
      assertThat(dropped.path("share").asInt()).isEqualTo(1);
      assertThat(dropped.path("upload").asInt()).isEqualTo(1);
      float[] trained = training.weights("m", round.path("model_version").asInt());
      for (int i = 0; i < LENGTH; i++) {
        // The denominator is the public cohort, not the number of survivors.
        assertThat(trained[i]).isEqualTo((float) (initial[i] + expected[i] * GRID_STEP / DEVICES));
      }
    }
  }

  @Test
  void withoutSecureAggregationTheMedianIsExactAndTheJobIsFollowedToItsEnd() throws Exception {
    String federation = Services.newFederation("median");
    String base = "/api/v1/federations/" + federation;
    api.put(Of.BUDGET, base + "/privacy", Bodies.privacy("", false, DEVICES, BITS)).expect(201);
    Training training = new Training(api, endpoints.apiKey(), federation);
    training.createModel("m", new float[LENGTH]);
    try (TestFleet fleet =
        TestFleet.enroll(
            api,
            endpoints,
            federation,
            DEVICES,
            LocalPolicy.standard().withClearUploadsAllowed(true))) {
      String job = training.start(Bodies.medianTraining(2, DEVICES, PHASE_SECONDS));
      fleet.start(Map.of(), GRID_STEP);
      // The stream ends with the job.
      String events =
          new String(
              api.get(Of.AGGREGATOR, base + "/training/" + job + "/progress").expect(200).bytes(),
              StandardCharsets.UTF_8);
      JsonNode done = training.await(job, Set.of("completed", "failed", "paused"));

      assertThat(done.path("state").asText())
          .as(done + " " + fleet.summary())
          .isEqualTo("completed");
      assertThat(events)
          .contains("id:running/2/1/", "event:round", "event:job")
          .contains("id:completed/2/1/committed");
      float[] trained = training.weights("m", 3);
      for (int i = 0; i < LENGTH; i++) {
        int coordinate = i;
        int[] sorted =
            IntStream.range(0, DEVICES)
                .map(device -> TestFleet.encoding(device, LENGTH)[coordinate])
                .sorted()
                .toArray();
        double median = (sorted[DEVICES / 2 - 1] + sorted[DEVICES / 2]) * GRID_STEP / 2;
        assertThat(trained[i]).as("coordinate %d", i).isEqualTo((float) (2 * median));
      }
    }
  }

  @Test
  void updatesWeighedByExamplesAverageExactly() throws Exception {
    String federation = Services.newFederation("weighted");
    api.put(
            Of.BUDGET,
            "/api/v1/federations/" + federation + "/privacy",
            Bodies.privacy("", true, DEVICES, BITS))
        .expect(201);
    Training training = new Training(api, endpoints.apiKey(), federation);
    training.createModel("m", new float[LENGTH]);
    int cap = 4;
    Map<Integer, Step> vanishing = Map.of(5, Step.UPLOAD);
    try (TestFleet fleet =
        TestFleet.enroll(
            api, endpoints, federation, DEVICES, LocalPolicy.standard().withMinimumCohort(10))) {
      String job = training.start(Bodies.weightedTraining(1, DEVICES, PHASE_SECONDS, cap));
      // An update is four of the grid steps that the weights cut it into.
      fleet.start(vanishing, cap * GRID_STEP);

      JsonNode done = training.await(job, Set.of("completed", "failed", "paused"));

      assertThat(done.path("state").asText())
          .as(done + " " + fleet.outcomes())
          .isEqualTo("completed");
      long[] expected = new long[LENGTH];
      long total = 0;
      for (int device = 0; device < DEVICES; device++) {
        if (!vanishing.containsKey(device)) {
          int weight = Math.min(cap, TestFleet.examples(device));
          total += weight;
          for (int i = 0; i < LENGTH; i++) {
            expected[i] += (long) weight * TestFleet.encoding(device, LENGTH)[i];
          }
        }
      }
      JsonNode round = done.path("rounds").path(0);
      assertThat(round.path("total_examples").asLong()).isEqualTo(total);
      JsonNode aggregate = training.aggregate(job, 1);
      float[] trained = training.weights("m", round.path("model_version").asInt());
      for (int i = 0; i < LENGTH; i++) {
        assertThat(aggregate.get(i).asLong()).as("coordinate %d", i).isEqualTo(expected[i]);
        assertThat(trained[i])
            .isEqualTo((float) (expected[i] * GRID_STEP / ((double) total / cap)));
      }
    }
  }

  @Test
  void withoutSecureAggregationTheSumIsTheSame() throws Exception {
    String federation = Services.newFederation("clear-sum");
    api.put(
            Of.BUDGET,
            "/api/v1/federations/" + federation + "/privacy",
            Bodies.privacy("", false, DEVICES, BITS))
        .expect(201);
    Training training = new Training(api, endpoints.apiKey(), federation);
    training.createModel("m", new float[LENGTH]);
    Map<Integer, Step> vanishing = Map.of(3, Step.CHECK_IN, 7, Step.UPLOAD);
    try (TestFleet fleet =
        TestFleet.enroll(
            api,
            endpoints,
            federation,
            DEVICES,
            LocalPolicy.standard().withClearUploadsAllowed(true))) {
      String job = training.start(Bodies.training(1, DEVICES, PHASE_SECONDS));
      fleet.start(vanishing, GRID_STEP);

      JsonNode done = training.await(job, Set.of("completed", "failed", "paused"));

      assertThat(done.path("state").asText())
          .as(done + " " + fleet.summary())
          .isEqualTo("completed");
      JsonNode aggregate = training.aggregate(job, 1);
      for (int i = 0; i < LENGTH; i++) {
        long expected = 0;
        for (int device = 0; device < DEVICES; device++) {
          expected += vanishing.containsKey(device) ? 0 : TestFleet.encoding(device, LENGTH)[i];
        }
        assertThat(aggregate.get(i).asLong()).as("coordinate %d", i).isEqualTo(expected);
      }
    }
  }

  @Test
  void theBudgetIsChargedRoundByRoundAndStopsTheTraining() throws Exception {
    String federation = Services.newFederation("budget");
    // With this noise two rounds cost 2.94 and three cost 3.71: the budget of 3.5 affords two.
    api.put(
            Of.BUDGET,
            "/api/v1/federations/" + federation + "/privacy",
            Bodies.privacy(
                "\"epsilon\": 3.5, \"delta\": 1e-5, \"noise_multiplier\": 2.0,",
                true,
                DEVICES,
                BITS))
        .expect(201);
    Training training = new Training(api, endpoints.apiKey(), federation);
    training.createModel("m", new float[LENGTH]);
    JsonNode before = training.budget();
    assertThat(before.path("epsilon_spent").asDouble()).isZero();
    assertThat(before.path("rounds_affordable").asInt()).isEqualTo(2);
    try (TestFleet fleet =
        TestFleet.enroll(
            api,
            endpoints,
            federation,
            DEVICES,
            LocalPolicy.standard().withMinimumCohort(10).withMinimumNoiseMultiplier(2.0))) {
      String job = training.start(Bodies.training(3, DEVICES, 20));
      fleet.start(Map.of(), GRID_STEP);

      JsonNode done = training.await(job, Set.of("completed", "failed", "paused"));

      assertThat(done.path("state").asText()).as(done + " " + fleet.summary()).isEqualTo("paused");
      assertThat(done.path("reason").asText()).isNotBlank();
      assertThat(done.path("rounds_completed").asInt()).isEqualTo(2);
      JsonNode budget = training.budget();
      assertThat(budget.path("budget_exhausted").asBoolean()).isTrue();
      assertThat(budget.path("rounds_completed").asInt()).isEqualTo(2);
      assertThat(budget.path("epsilon_spent").asDouble()).isBetween(2.94, 2.95);
      assertThat(budget.path("epsilon_reserved").asDouble()).isZero();
      assertThat(
              budget.path("epsilon_spent").asDouble() + budget.path("epsilon_remaining").asDouble())
          .isEqualTo(3.5);
      JsonNode aggregate = training.aggregate(job, 1);
      boolean noisy = false;
      for (int i = 0; i < LENGTH; i++) {
        long exact = 0;
        for (int device = 0; device < DEVICES; device++) {
          exact += TestFleet.encoding(device, LENGTH)[i];
        }
        noisy |= aggregate.get(i).asLong() != exact;
      }
      assertThat(noisy).as("33 coordinates with noise of 512 steps all without an error").isTrue();
    }
  }
}
