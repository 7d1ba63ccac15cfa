package com.octomil.privacy.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.octomil.privacy.it.Api.Of;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;

/** Models and training jobs of one federation. */
final class Training {

  private static final Duration PATIENCE = Duration.ofMinutes(4);

  private final Api api;
  private final String key;
  private final String base;

  Training(Api api, String key, String federation) {
    this.api = api;
    this.key = key;
    this.base = "/api/v1/federations/" + federation;
  }

  void createModel(String name, float[] weights) {
    ByteBuffer bytes = ByteBuffer.allocate(4 * weights.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(weights);
    api.send(
            Of.AGGREGATOR,
            "PUT",
            base + "/models/" + name,
            Optional.of(key),
            "application/octet-stream",
            bytes.array())
        .expect(201);
  }

  float[] weights(String name, int version) {
    byte[] bytes =
        api.get(Of.AGGREGATOR, base + "/models/" + name + "/versions/" + version)
            .expect(200)
            .bytes();
    float[] weights = new float[bytes.length / 4];
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(weights);
    return weights;
  }

  String start(String body) {
    JsonNode job = api.post(Of.AGGREGATOR, base + "/training", body).expect(202).json();
    assertThat(job.path("id").asText()).isNotBlank();
    return job.path("id").asText();
  }

  JsonNode job(String id) {
    return api.get(Of.AGGREGATOR, base + "/training/" + id).expect(200).json();
  }

  JsonNode aggregate(String id, int round) {
    return api.get(Of.AGGREGATOR, base + "/training/" + id + "/rounds/" + round + "/aggregate")
        .expect(200)
        .json()
        .path("aggregate");
  }

  JsonNode budget() {
    return api.get(Of.BUDGET, base + "/privacy/budget").expect(200).json();
  }

  /** Waits until the job is in one of these states and all its published rounds are charged. */
  JsonNode await(String id, Set<String> states) {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    JsonNode job = job(id);
    while (!states.contains(job.path("state").asText()) || !settled(job)) {
      assertThat(System.nanoTime() - deadline).as("still %s", job).isNegative();
      LockSupport.parkNanos(Duration.ofMillis(100).toNanos());
      job = job(id);
    }
    return job;
  }

  private static boolean settled(JsonNode job) {
    for (JsonNode round : job.path("rounds")) {
      if (round.path("state").asText().equals("published")) {
        return false;
      }
    }
    return true;
  }
}
