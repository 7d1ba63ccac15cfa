package com.octomil.privacy.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.octomil.privacy.cli.stack.Endpoints;
import com.octomil.privacy.device.LocalPolicy;
import com.octomil.privacy.device.transport.Bytes;
import com.octomil.privacy.device.transport.Step;
import com.octomil.privacy.it.Api.Of;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A clipping norm that is far beyond the updates comes down to them, round by round, and what is
 * released stays the sum of the survivors.
 */
@Timeout(180)
class AdaptiveClippingIT {

  private static final int ENROLLED = 12;
  private static final int COHORT = 11;
  private static final int LENGTH = 64;
  private static final int BITS = 12;
  private static final int ROUNDS = 4;
  private static final double LEARNING_RATE = 2;
  private static final double NOISE_MULTIPLIER = 0.06;

  /** Updates of length 0.1; the norm starts at 1. */
  private static final double SCALE = 0x1p-9;

  @Test
  void theNormComesDownToTheUpdates() throws Exception {
    Endpoints endpoints = Services.stack().endpoints();
    Api api = new Api(endpoints);
    String federation = Services.newFederation("adaptive-clipping");
    api.put(
            Of.BUDGET,
            "/api/v1/federations/" + federation + "/privacy",
            Bodies.privacy(
                "\"epsilon\": 1000, \"delta\": 1e-5, \"noise_multiplier\": "
                    + NOISE_MULTIPLIER
                    + ", \"adaptive_clipping\": {\"enabled\": true, \"learning_rate\": "
                    + LEARNING_RATE
                    + "},",
                true,
                COHORT,
                BITS))
        .expect(201);
    Training training = new Training(api, endpoints.apiKey(), federation);
    training.createModel("m", new float[LENGTH]);
    try (TestFleet fleet =
        TestFleet.enroll(
            api,
            endpoints,
            federation,
            ENROLLED,
            LocalPolicy.standard().withMinimumCohort(10).withMaximumClipNorm(1000))) {
      String job = training.start(Bodies.training(ROUNDS, COHORT, 5));
      // One more than the cohort: only the round in which it vanishes waits for a deadline.
      fleet.start(Map.of(3, Step.UPLOAD), SCALE);
      JsonNode done = training.await(job, Set.of("completed", "failed", "paused"));
      assertThat(done.path("state").asText())
          .as(done + " " + fleet.summary())
          .isEqualTo("completed");

      List<JsonNode> rounds = published(done);
      assertThat(rounds).hasSize(ROUNDS);
      double norm = 1;
      for (JsonNode round : rounds) {
        assertThat(round.path("clip_norm").asDouble()).isCloseTo(norm, within(1e-12));
        double share = round.path("unclipped_share").asDouble();
        double next = norm * Math.exp(-LEARNING_RATE * (share - 0.5));
        if (norm > 0.2) {
          // Everybody is within the norm: with one of eleven missing the share is 0.95, and its
          // noise has deviation 0.05, so it is below 0.65 in one of 10^8 rounds.
          assertThat(share).isGreaterThan(0.65);
        }
        norm = next;
      }
      assertThat(done.path("clip_norm").asDouble()).isCloseTo(norm, within(1e-12));
      assertThat(rounds.getLast().path("clip_norm").asDouble()).isLessThan(0.4);
      double power = 0;
      for (JsonNode round : rounds) {
        power = Math.max(power, theSumIsThatOf(survivors(fleet, round), training, job, round));
      }
      // In some round a device too many or too few would have been seen.
      assertThat(power).isGreaterThan(8);

      JsonNode budget = training.budget();
      assertThat(budget.path("rounds_completed").asInt()).isEqualTo(ROUNDS);
      // Four Gaussians at the configured multiplier, the same as without clipping bits:
      // mu = 2 / 0.06.
      assertThat(budget.path("epsilon_spent").asDouble()).isBetween(650.0, 720.0);
    }
  }

  private static List<JsonNode> published(JsonNode job) {
    return StreamSupport.stream(job.path("rounds").spliterator(), false)
        .filter(round -> round.path("state").asText().equals("committed"))
        .toList();
  }

  /** Devices in the sum of a round: all whose uploads were acknowledged. */
  private static Set<Integer> survivors(TestFleet fleet, JsonNode view) {
    Bytes round = Bytes.of(HexFormat.of().parseHex(view.path("round_id").asText()));
    Set<Integer> devices =
        fleet.acknowledged().stream()
            .filter(upload -> upload.round().equals(round))
            .map(upload -> fleet.device(upload.participant()))
            .collect(Collectors.toUnmodifiableSet());
    assertThat(devices).hasSize(view.path("survivors").asInt());
    return devices;
  }

  /** Returns by how many deviations of the noise the shortest update would stand out. */
  private static double theSumIsThatOf(
      Set<Integer> survivors, Training training, String job, JsonNode round) {
    double clipNorm = round.path("clip_norm").asDouble();
    double gridStep = clipNorm / (1 << BITS);
    JsonNode aggregate = training.aggregate(job, round.path("number").asInt());
    assertThat(aggregate).hasSize(LENGTH);
    double[] rest = new double[LENGTH];
    for (int i = 0; i < LENGTH; i++) {
      rest[i] = aggregate.get(i).asLong();
    }
    for (int device : survivors) {
      double[] sent = sent(device, clipNorm);
      for (int i = 0; i < LENGTH; i++) {
        rest[i] -= sent[i] / gridStep;
      }
    }
    // The noise of the update: the bits, with deviation 11 / 20, have taken their part.
    double deviation =
        (1 << BITS)
            / Math.sqrt(1 / (NOISE_MULTIPLIER * NOISE_MULTIPLIER) - Math.pow(20.0 / COHORT / 2, 2));
    double power = Double.POSITIVE_INFINITY;
    for (int device = 0; device < ENROLLED; device++) {
      double[] sent = sent(device, clipNorm);
      double length = 0;
      double along = 0;
      for (int i = 0; i < LENGTH; i++) {
        length += sent[i] * sent[i];
        along += sent[i] * rest[i];
      }
      // What is left is noise in the direction of every device: beyond six deviations for one of
      // 48 in one of 10^7 runs.
      assertThat(Math.abs(along / Math.sqrt(length)))
          .as("device %d in round %d", device, round.path("number").asInt())
          .isLessThan(6 * deviation);
      power = Math.min(power, Math.sqrt(length) / gridStep / deviation);
    }
    return power;
  }

  /** What a device sends: its update, clipped. */
  private static double[] sent(int device, double clipNorm) {
    int[] encoding = TestFleet.encoding(device, LENGTH);
    double squares = 0;
    for (int coordinate : encoding) {
      squares += (double) coordinate * coordinate;
    }
    double factor = SCALE * Math.min(1, clipNorm / (SCALE * Math.sqrt(squares)));
    double[] sent = new double[LENGTH];
    for (int i = 0; i < LENGTH; i++) {
      sent[i] = encoding[i] * factor;
    }
    return sent;
  }
}
