package com.octomil.privacy.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.octomil.privacy.cli.stack.Endpoints;
import com.octomil.privacy.device.LocalPolicy;
import com.octomil.privacy.device.transport.Step;
import com.octomil.privacy.it.Api.Of;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Noise that the devices add, a share each: the released average is the exact sum of the survivors
 * and noise of as many shares, fresh in every round.
 */
@Timeout(180)
class DistributedNoiseIT {

  private static final int DEVICES = 20;
  private static final int MIN_SURVIVORS = 10;
  private static final int LENGTH = 3000;
  private static final int BITS = 12;
  private static final double NOISE_MULTIPLIER = 2;

  @Test
  void theSumCarriesTheSharesOfTheSurvivors() throws Exception {
    Endpoints endpoints = Services.stack().endpoints();
    Api api = new Api(endpoints);
    String federation = Services.newFederation("distributed-noise");
    String base = "/api/v1/federations/" + federation;
    JsonNode put =
        api.put(
                Of.BUDGET,
                base + "/privacy",
                Bodies.privacy(
                    "\"epsilon\": 20, \"delta\": 1e-5, \"noise_multiplier\": "
                        + NOISE_MULTIPLIER
                        + ", \"noise_placement\": \"distributed\",",
                    true,
                    DEVICES,
                    BITS))
            .expect(201)
            .json();
    assertThat(put.path("meaning").path("accountant").asText()).isEqualTo("renyi_filter");
    Training training = new Training(api, endpoints.apiKey(), federation);
    training.createModel("m", new float[LENGTH]);
    // Long vectors of small numbers: nothing is clipped.
    double step = 1.0 / (1 << BITS);
    Map<Integer, Step> vanishing = Map.of(3, Step.UPLOAD, 7, Step.ADVERTISE);
    try (TestFleet fleet =
        TestFleet.enroll(
            api,
            endpoints,
            federation,
            DEVICES,
            LocalPolicy.standard().withMinimumCohort(MIN_SURVIVORS))) {
      String job = training.start(Bodies.training(2, DEVICES, 8));
      fleet.start(vanishing, step);
      JsonNode done = training.await(job, Set.of("completed", "failed", "paused"));
      assertThat(done.path("state").asText())
          .as(done + " " + fleet.summary())
          .isEqualTo("completed");
      long[] exact = new long[LENGTH];
      for (int device = 0; device < DEVICES; device++) {
        if (!vanishing.containsKey(device)) {
          int[] encoding = TestFleet.encoding(device, LENGTH);
          for (int i = 0; i < LENGTH; i++) {
            exact[i] += encoding[i];
          }
        }
      }
      double[] first = noise(training.aggregate(job, 1), exact);
      double[] second = noise(training.aggregate(job, 2), exact);
      // One of twenty may be corrupt: nine honest survivors carry the noise that is charged for.
      double share = Math.pow(NOISE_MULTIPLIER * (1 << BITS), 2) / (MIN_SURVIVORS - 1);
      double variance = (DEVICES - vanishing.size()) * share;
      for (double[] each : new double[][] {first, second}) {
        // The mean of 3000 squares is normal to a few percent with relative deviation
        // sqrt(2/3000) = 2.6 %: 20 % are reached by chance less than once in 10^13.
        assertThat(dot(each, each) / LENGTH).isBetween(0.8 * variance, 1.2 * variance);
        // Six standard deviations of the mean: less than once in 10^8.
        assertThat(Math.abs(sum(each) / LENGTH)).isLessThan(6 * Math.sqrt(variance / LENGTH));
      }
      // The rounds' noises are independent: the correlation of 3000 pairs has deviation
      // 1/sqrt(3000).
      double correlation = dot(first, second) / Math.sqrt(dot(first, first) * dot(second, second));
      assertThat(Math.abs(correlation)).isLessThan(6 / Math.sqrt(LENGTH));

      JsonNode budget = training.budget();
      assertThat(budget.path("rounds_completed").asInt()).isEqualTo(2);
      // Not below the exact Gaussian of the same multiplier, and less than twice it.
      double spent = budget.path("epsilon_spent").asDouble();
      assertThat(spent).isBetween(2.9, 5.8);
    }
  }

  private static double[] noise(JsonNode aggregate, long[] exact) {
    double[] noise = new double[exact.length];
    for (int i = 0; i < noise.length; i++) {
      noise[i] = aggregate.get(i).asLong() - exact[i];
    }
    return noise;
  }

  private static double dot(double[] a, double[] b) {
    double dot = 0;
    for (int i = 0; i < a.length; i++) {
      dot += a[i] * b[i];
    }
    return dot;
  }

  private static double sum(double[] values) {
    double sum = 0;
    for (double value : values) {
      sum += value;
    }
    return sum;
  }
}
