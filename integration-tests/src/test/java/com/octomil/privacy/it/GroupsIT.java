package com.octomil.privacy.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.octomil.privacy.cli.stack.Endpoints;
import com.octomil.privacy.device.LocalPolicy;
import com.octomil.privacy.device.Participation;
import com.octomil.privacy.device.transport.AbortReason;
import com.octomil.privacy.device.transport.Step;
import com.octomil.privacy.it.Api.Of;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Forty devices over the real services, where a group may have twenty-five. */
@Timeout(180)
class GroupsIT {

  private static final int DEVICES = 40;
  private static final int LENGTH = 257;
  private static final int BITS = 8;
  private static final int MINIMUM = 6;

  private final Endpoints endpoints = Services.stack().endpoints();
  private final Api api = new Api(endpoints);

  /** How the round ended for a device. */
  private static Participation end(TestFleet fleet, int device) {
    long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
    while (true) {
      Participation end = fleet.outcomes().get(device);
      if (end != null) {
        return end;
      }
      assertThat(System.nanoTime()).as("device %d hears of no end", device).isLessThan(deadline);
      LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
    }
  }

  private record Outcome(JsonNode round, Set<Integer> summed) {}

  private Outcome train(TestFleet fleet, String federation, Map<Integer, Step> vanishing)
      throws Exception {
    Training training = new Training(api, endpoints.apiKey(), federation);
    training.createModel("m", new float[LENGTH]);
    String job = training.start(Bodies.training(1, DEVICES, 10));
    fleet.start(vanishing, 1.0 / (1 << BITS));
    JsonNode done = training.await(job, Set.of("completed", "failed", "paused"));
    assertThat(done.path("state").asText()).as(done + " " + fleet.summary()).isEqualTo("completed");
    RoundTable rounds = new RoundTable(endpoints.databaseUrl(), job);
    return new Outcome(
        done.path("rounds").path(0), rounds.summed(rounds.latest().orElseThrow(), fleet, LENGTH));
  }

  /** Nobody is assumed to drop out: four neighbours each, and all of them are needed. */
  private String federation(String purpose) {
    String federation = Services.newFederation(purpose);
    api.put(
            Of.BUDGET,
            "/api/v1/federations/" + federation + "/privacy",
            """
            {"differential_privacy": {"enabled": false, "max_grad_norm": 1.0},
             "secure_aggregation": {"enabled": true, "min_participating_clients": %d,
              "reconstruction_threshold": 0.5, "corrupt_fraction": 0.05, "dropout_fraction": 0},
             "expected_cohort": %d, "quantization_bits": %d}
            """
                .formatted(MINIMUM, DEVICES, BITS))
        .expect(201);
    return federation;
  }

  private TestFleet fleet(String federation) {
    return TestFleet.enroll(
        api, endpoints, federation, DEVICES, LocalPolicy.standard().withMinimumCohort(MINIMUM));
  }

  @Test
  void theSumIsThatOfAllGroups() throws Exception {
    String federation = federation("groups");
    try (TestFleet fleet = fleet(federation)) {
      Outcome outcome = train(fleet, federation, Map.of());
      assertThat(outcome.round().path("groups").asInt()).isEqualTo(2);
      assertThat(outcome.round().path("groups_left_out").asInt()).isZero();
      assertThat(outcome.summed())
          .containsExactlyInAnyOrderElementsOf(
              IntStream.range(0, DEVICES).boxed().collect(Collectors.toSet()));
    }
  }

  @Test
  void aGroupThatFailsTakesNoOtherWithIt() throws Exception {
    String federation = federation("failing-group");
    try (TestFleet fleet = fleet(federation)) {
      Outcome outcome = train(fleet, federation, Map.of(3, Step.UPLOAD));
      assertThat(outcome.round().path("groups").asInt()).isEqualTo(2);
      assertThat(outcome.round().path("groups_left_out").asInt()).isEqualTo(1);
      assertThat(outcome.round().path("survivors").asInt()).isEqualTo(DEVICES / 2);
      assertThat(outcome.summed()).hasSize(DEVICES / 2).doesNotContain(3);
      // The rest of its group hears why; nobody takes the services for liars.
      for (int device = 0; device < DEVICES; device++) {
        if (device == 3 || outcome.summed().contains(device)) {
          continue;
        }
        assertThat(end(fleet, device))
            .isInstanceOfSatisfying(
                Participation.RoundAborted.class,
                aborted -> {
                  assertThat(aborted.reason()).isEqualTo(AbortReason.NEIGHBOURHOOD_BELOW_THRESHOLD);
                  assertThat(aborted.detail())
                      .startsWith("The round goes on without the group of this device.");
                });
      }
    }
  }
}
