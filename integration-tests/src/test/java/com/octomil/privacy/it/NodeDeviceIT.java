package com.octomil.privacy.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.octomil.privacy.cli.stack.Endpoints;
import com.octomil.privacy.device.LocalPolicy;
import com.octomil.privacy.device.transport.Step;
import com.octomil.privacy.it.Api.Of;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The device of {@code examples/device-node} in rounds with devices of the Java SDK. */
@Timeout(300)
class NodeDeviceIT {

  private static final Path EXAMPLE = Home.path().resolve("examples/device-node");
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int JAVA_DEVICES = 12;

  /** The device in JavaScript, in the numbering of the fleet. */
  private static final int NODE = JAVA_DEVICES;

  private static final int DEVICES = JAVA_DEVICES + 1;
  private static final int LENGTH = 33;
  private static final int BITS = 8;
  private static final double GRID_STEP = 1.0 / (1 << BITS);
  private static final int PHASE_SECONDS = Integer.getInteger("octomil.it.phase.seconds", 8);

  @TempDir Path home;

  private final Endpoints endpoints = Services.stack().endpoints();
  private final Api api = new Api(endpoints);

  @BeforeAll
  static void install() {
    Tools.require("nodejs", "node", "--version");
    Tools.require("npm", "npm", "--version");
    Tools.run(
        EXAMPLE, Map.of(), Duration.ofMinutes(2), List.of("npm", "ci", "--no-audit", "--no-fund"));
  }

  @Test
  void itsOwnTestsPass() {
    Tools.run(EXAMPLE, Map.of(), Duration.ofMinutes(2), List.of("npm", "test"));
  }

  @Test
  void itsUpdateIsInTheSum() throws Exception {
    String federation = federation("node-device");
    Training training = new Training(api, endpoints.apiKey(), federation);
    training.createModel("m", new float[LENGTH]);
    try (TestFleet fleet = fleet(federation)) {
      String job = training.start(Bodies.training(1, DEVICES, PHASE_SECONDS));
      fleet.start(Map.of(), GRID_STEP);
      JsonNode end = JSON.readTree(takePart(federation, GRID_STEP));

      JsonNode done = training.await(job, Set.of("completed", "failed", "paused"));

      assertThat(done.path("state").asText())
          .as("%s %s %s", done, fleet.summary(), end)
          .isEqualTo("completed");
      assertThat(end.path("outcome").asText()).as("%s", end).isEqualTo("published");
      assertThat(done.path("rounds").path(0).path("survivors").asInt()).isEqualTo(DEVICES);
      JsonNode aggregate = training.aggregate(job, 1);
      for (int i = 0; i < LENGTH; i++) {
        long expected = 0;
        for (int device = 0; device < DEVICES; device++) {
          expected += TestFleet.encoding(device, LENGTH)[i];
        }
        assertThat(aggregate.get(i).asLong()).as("coordinate %d", i).isEqualTo(expected);
      }
    }
  }

  @Test
  void itsWeightedUpdateIsInTheSumAlthoughJavaDevicesDropOut() throws Exception {
    String federation = federation("node-dropout");
    Training training = new Training(api, endpoints.apiKey(), federation);
    training.createModel("m", new float[LENGTH]);
    int cap = 4;
    // The first one's masks are rebuilt with the help of the device in JavaScript.
    Map<Integer, Step> vanishing = Map.of(3, Step.UPLOAD, 7, Step.SIGN_SURVIVORS);
    try (TestFleet fleet = fleet(federation)) {
      String job = training.start(Bodies.weightedTraining(1, DEVICES, PHASE_SECONDS, cap));
      fleet.start(vanishing, cap * GRID_STEP);
      JsonNode end = JSON.readTree(takePart(federation, cap * GRID_STEP));

      JsonNode done = training.await(job, Set.of("completed", "failed", "paused"));

      assertThat(done.path("state").asText())
          .as("%s %s %s", done, fleet.summary(), end)
          .isEqualTo("completed");
      assertThat(end.path("outcome").asText()).as("%s", end).isEqualTo("published");
      JsonNode round = done.path("rounds").path(0);
      assertThat(round.path("survivors").asInt()).isEqualTo(DEVICES - 1);
      assertThat(round.path("faults")).as("%s", round).isEmpty();
      long[] expected = new long[LENGTH];
      long examples = 0;
      for (int device = 0; device < DEVICES; device++) {
        if (vanishing.get(device) != Step.UPLOAD) {
          int weight = Math.min(cap, TestFleet.examples(device));
          examples += weight;
          for (int i = 0; i < LENGTH; i++) {
            expected[i] += (long) weight * TestFleet.encoding(device, LENGTH)[i];
          }
        }
      }
      assertThat(round.path("total_examples").asLong()).isEqualTo(examples);
      JsonNode aggregate = training.aggregate(job, 1);
      for (int i = 0; i < LENGTH; i++) {
        assertThat(aggregate.get(i).asLong()).as("coordinate %d", i).isEqualTo(expected[i]);
      }
    }
  }

  @Test
  void itsClippingBitIsInTheSum() throws Exception {
    String federation =
        federation(
            "node-clipping",
            "\"epsilon\": 1000, \"delta\": 1e-5, \"noise_multiplier\": 0.06,"
                + " \"adaptive_clipping\": {\"enabled\": true},");
    Training training = new Training(api, endpoints.apiKey(), federation);
    training.createModel("m", new float[LENGTH]);
    try (TestFleet fleet = fleet(federation)) {
      String job = training.start(Bodies.training(1, DEVICES, PHASE_SECONDS));
      fleet.start(Map.of(), GRID_STEP);
      JsonNode end = JSON.readTree(takePart(federation, GRID_STEP));

      JsonNode done = training.await(job, Set.of("completed", "failed", "paused"));

      assertThat(done.path("state").asText())
          .as("%s %s %s", done, fleet.summary(), end)
          .isEqualTo("completed");
      assertThat(end.path("outcome").asText()).as("%s", end).isEqualTo("published");
      JsonNode round = done.path("rounds").path(0);
      assertThat(round.path("survivors").asInt()).isEqualTo(DEVICES);
      // All updates are within the norm. The noise of the share has deviation 0.05, so it is below
      // 0.7 in one of 10^9 runs.
      assertThat(round.path("unclipped_share").asDouble()).isBetween(0.7, 1.3);
      assertThat(done.path("clip_norm").asDouble()).isLessThan(1);
    }
  }

  private String federation(String purpose) {
    return federation(purpose, "");
  }

  private String federation(String purpose, String differentialPrivacy) {
    String federation = Services.newFederation(purpose);
    api.put(
            Of.BUDGET,
            "/api/v1/federations/" + federation + "/privacy",
            Bodies.privacy(differentialPrivacy, true, DEVICES, BITS))
        .expect(201);
    return federation;
  }

  private TestFleet fleet(String federation) {
    return TestFleet.enroll(
        api, endpoints, federation, JAVA_DEVICES, LocalPolicy.standard().withMinimumCohort(10));
  }

  /** Runs the device until its round is over; returns the line that it prints. */
  private String takePart(String federation, double gridStep) throws Exception {
    Path trainer = home.resolve("trainer.mjs");
    Files.writeString(
        trainer,
        """
        const encoding = %s;
        export default { examples: %d, train: () => encoding.map((k) => k * %s) };
        """
            .formatted(
                Arrays.toString(TestFleet.encoding(NODE, LENGTH)),
                TestFleet.examples(NODE),
                gridStep));
    String code =
        api.post(
                Of.RELAY,
                "/api/v1/federations/" + federation + "/devices/enrollment-codes",
                "{\"count\": 1}")
            .expect(201)
            .json()
            .path("codes")
            .path(0)
            .path("code")
            .asText();
    String authority =
        api.get(Of.RELAY, "/api/v1/enrollment-authority")
            .expect(200)
            .json()
            .path("public_key")
            .asText();
    Map<String, String> environment = new HashMap<>();
    environment.put("OCTOMIL_RELAY_GRPC", endpoints.relayGrpc());
    environment.put("OCTOMIL_AGGREGATOR_GRPC", endpoints.aggregatorGrpc());
    environment.put("OCTOMIL_INSECURE", "true");
    environment.put("OCTOMIL_ENROLLMENT_CODE", code);
    environment.put("OCTOMIL_AUTHORITY_KEY", authority);
    environment.put("OCTOMIL_HOME", home.resolve("device").toString());
    environment.put("OCTOMIL_TRAINER", trainer.toString());
    return Tools.run(EXAMPLE, environment, Duration.ofMinutes(2), List.of("node", "src/main.js"));
  }
}
