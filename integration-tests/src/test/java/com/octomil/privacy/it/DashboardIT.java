package com.octomil.privacy.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.octomil.privacy.cli.stack.Endpoints;
import com.octomil.privacy.device.LocalPolicy;
import com.octomil.privacy.device.transport.Step;
import com.octomil.privacy.it.Api.Of;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The dashboard in a browser, over federations in every state and with a round that runs. What is
 * looked at is in {@code integration-tests/dashboard}; with {@code DASHBOARD_SCREENSHOTS} set to a
 * folder, pictures of it are written there.
 */
@Timeout(300)
class DashboardIT {

  private static final Path SCRIPT = Home.path().resolve("integration-tests/dashboard");
  private static final String BROWSER = "chromium";
  private static final int COHORT = 12;
  private static final int LENGTH = 33;
  private static final int BITS = 8;
  private static final double GRID_STEP = 1.0 / (1 << BITS);
  private static final int PHASE_SECONDS = Integer.getInteger("octomil.it.phase.seconds", 8);

  /** A round out of the ordinary is one of which five were ordinary before. */
  private static final int ORDINARY_ROUNDS = 6;

  private final Endpoints endpoints = Services.stack().endpoints();
  private final Api api = new Api(endpoints);

  @BeforeAll
  static void install() {
    Tools.require("nodejs", "node", "--version");
    Tools.require("npm", "npm", "--version");
    Tools.require("chromium", BROWSER, "--version");
    Tools.run(
        SCRIPT, Map.of(), Duration.ofMinutes(2), List.of("npm", "ci", "--no-audit", "--no-fund"));
  }

  @Test
  void everyPageDoesWhatItPromises() throws InterruptedException {
    String federation = Services.newFederation("cardiology");
    String fresh = Services.newFederation("radiology");
    String exhausted = Services.newFederation("pathology");
    String open = Services.newFederation("logistics");
    api.post(Of.BUDGET, "/api/v1/federations", "{\"name\": \"" + fresh + "\"}").expect(201);
    configure(exhausted, dp(0.1, 1.0), 201);
    configure(open, "", 201);
    configure(federation, dp(4, 16), 201);

    Training training = new Training(api, endpoints.apiKey(), federation);
    training.createModel("m", new float[LENGTH]);
    try (TestFleet fleet = fleet(federation, COHORT)) {
      String job = training.start(Bodies.training(ORDINARY_ROUNDS, COHORT, PHASE_SECONDS));
      fleet.start(Map.of(), GRID_STEP);
      completed(training, job);
    }
    // Less noise: a round that costs more than those before.
    configure(federation, dp(4, 8), 200);
    String erased;
    String enrolled;
    try (TestFleet fleet = fleet(federation, COHORT)) {
      erased = fleet.deviceIds().getFirst();
      enrolled = fleet.deviceIds().getLast();
      String job = training.start(Bodies.training(1, COHORT, PHASE_SECONDS));
      fleet.start(Map.of(2, Step.UPLOAD, 5, Step.SIGN_SURVIVORS), GRID_STEP);
      completed(training, job);
    }
    assertThat(
            api.get(Of.BUDGET, "/api/v1/federations/" + federation + "/privacy/budget/spikes")
                .expect(200)
                .json()
                .path("events"))
        .isNotEmpty();
    erase(federation, erased);
    // Nobody comes: it waits for devices while it is looked at.
    String waiting = training.start(Bodies.training(3, COHORT, 120));

    Map<String, String> environment = new HashMap<>();
    environment.put("DASHBOARD_URL", endpoints.dashboardUrl());
    environment.put("DASHBOARD_KEY", endpoints.apiKey());
    environment.put("DASHBOARD_READ_KEY", key("read", federation));
    environment.put("DASHBOARD_FEDERATION", federation);
    environment.put("DASHBOARD_FRESH", fresh);
    environment.put("DASHBOARD_EXHAUSTED", exhausted);
    environment.put("DASHBOARD_OPEN", open);
    environment.put("DASHBOARD_DEVICE", enrolled);
    environment.put("DASHBOARD_BROWSER", BROWSER);
    String printed =
        Tools.run(SCRIPT, environment, Duration.ofSeconds(100), List.of("node", "check.js"));

    assertThat(printed).contains("everything holds");
    api.post(
            Of.AGGREGATOR,
            "/api/v1/federations/" + federation + "/training/" + waiting + "/cancel",
            "")
        .expect(200);
  }

  private static String dp(double epsilon, double noise) {
    return String.format(
        Locale.ROOT, "\"epsilon\": %s, \"delta\": 1e-5, \"noise_multiplier\": %s,", epsilon, noise);
  }

  private void configure(String federation, String differentialPrivacy, int status) {
    api.put(
            Of.BUDGET,
            "/api/v1/federations/" + federation + "/privacy",
            """
            {"differential_privacy": {"enabled": %b, %s "max_grad_norm": 1.0},
             "secure_aggregation": {"enabled": true, "min_participating_clients": 8,
              "reconstruction_threshold": 0.5, "dropout_fraction": 0.15},
             "expected_cohort": %d, "quantization_bits": %d}
            """
                .formatted(!differentialPrivacy.isEmpty(), differentialPrivacy, COHORT, BITS))
        .expect(status);
  }

  private TestFleet fleet(String federation, int devices) {
    return TestFleet.enroll(
        api, endpoints, federation, devices, LocalPolicy.standard().withMinimumCohort(10));
  }

  private static void completed(Training training, String job) {
    assertThat(training.await(job, Set.of("completed", "failed", "paused")).path("state").asText())
        .isEqualTo("completed");
  }

  private void erase(String federation, String device) {
    api.post(
            Of.AGGREGATOR,
            "/api/v1/federations/" + federation + "/erasures",
            "{\"device\": \"" + device + "\", \"reason\": \"request of the data subject\"}")
        .expect(201);
  }

  private String key(String scope, String federation) {
    return api.post(
            Of.BUDGET,
            "/api/v1/api-keys",
            "{\"name\": \"dashboard\", \"scopes\": [\""
                + scope
                + "\"], \"federation\": \""
                + federation
                + "\"}")
        .expect(201)
        .json()
        .path("key")
        .asText();
  }
}
