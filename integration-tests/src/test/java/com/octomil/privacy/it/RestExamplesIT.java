package com.octomil.privacy.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.octomil.privacy.cli.stack.Endpoints;
import com.octomil.privacy.device.LocalPolicy;
import com.octomil.privacy.it.Api.Of;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Every example of {@code docs/REST.md}, as it stands there, against the running services. */
@Timeout(300)
class RestExamplesIT {

  private static final Path DOCUMENT = Home.path().resolve("docs/REST.md");
  private static final Pattern SECTION_OR_BLOCK =
      Pattern.compile(
          "^## (?<section>[^\\n]+)$|^```(?<language>\\w+)\\n(?<code>.*?)^```$",
          Pattern.MULTILINE | Pattern.DOTALL);
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int DEVICES = 12;

  @TempDir Path folder;

  private final Endpoints endpoints = Services.stack().endpoints();
  private final Api api = new Api(endpoints);

  @Test
  void curl() throws Exception {
    Tools.require("curl", "curl", "--version");
    run("bash", List.of("bash", "-euo", "pipefail", "-c"));
  }

  @Test
  void python() throws Exception {
    Tools.require("python3-requests", "python3", "-c", "import requests");
    run("python", List.of("python3", "-c"));
  }

  @Test
  void javascript() throws Exception {
    Tools.require("nodejs", "node", "--version");
    run("javascript", List.of("node", "--input-type=module", "-e"));
  }

  private void run(String language, List<String> interpreter) throws Exception {
    String federation = Services.newFederation("rest-" + language);
    String base = "/api/v1/federations/" + federation;
    Map<String, String> examples = examples(language);
    assertThat(examples.keySet())
        .containsExactly(
            "Privacy configuration",
            "Budget",
            "Enrolment codes",
            "Initial model",
            "Training",
            "Erasure",
            "Audit export");
    Example example = new Example(federation, examples, interpreter);

    example.run("Privacy configuration", Map.of());
    JsonNode privacy = api.get(Of.BUDGET, base + "/privacy").expect(200).json();
    JsonNode noise = privacy.path("differential_privacy");
    assertThat(noise.path("epsilon").asDouble()).isEqualTo(4.0);
    assertThat(noise.path("noise_multiplier").asDouble()).isEqualTo(4.0);
    assertThat(privacy.path("expected_cohort").asInt()).isEqualTo(DEVICES);

    JsonNode budget = JSON.readTree(example.run("Budget", Map.of()));
    assertThat(budget.path("epsilon_spent").asDouble(-1)).isZero();
    assertThat(budget.path("epsilon_remaining").asDouble()).isEqualTo(4.0);

    JsonNode codes = JSON.readTree(example.run("Enrolment codes", Map.of()));
    assertThat(codes.path("codes")).hasSize(2);
    assertThat(codes.path("codes").path(0).path("device_id").asText()).isNotBlank();

    example.run("Initial model", Map.of());
    Training training = new Training(api, endpoints.apiKey(), federation);
    assertThat(training.weights("risk", 1)).hasSize(33).containsOnly(0f);

    try (TestFleet fleet =
        TestFleet.enroll(api, endpoints, federation, DEVICES, LocalPolicy.standard())) {
      fleet.start(Map.of(), 1.0 / 256);
      JsonNode job = JSON.readTree(example.run("Training", Map.of()));
      assertThat(job.path("state").asText())
          .as("%s %s", job, fleet.summary())
          .isEqualTo("completed");
      training.await(job.path("id").asText(), Set.of("completed"));
      assertThat(training.budget().path("rounds_completed").asInt()).isEqualTo(1);

      String device = fleet.deviceIds().get(0);
      JsonNode erasure = JSON.readTree(example.run("Erasure", Map.of("OCTOMIL_DEVICE", device)));
      assertThat(erasure.path("rounds")).as("%s", erasure).hasSize(1);
    }

    example.run("Audit export", Map.of());
    List<String> lines = Files.readAllLines(folder.resolve("audit.jsonl"));
    assertThat(lines).hasSizeGreaterThan(5);
    for (String line : lines) {
      assertThat(JSON.readTree(line).isObject()).as(line).isTrue();
    }
  }

  /** The examples of a federation in one language. */
  private final class Example {

    private final Map<String, String> environment;
    private final Map<String, String> examples;
    private final List<String> interpreter;

    Example(String federation, Map<String, String> examples, List<String> interpreter) {
      this.environment =
          Map.of(
              "OCTOMIL_BUDGET_URL", endpoints.budgetUrl(),
              "OCTOMIL_RELAY_URL", endpoints.relayUrl(),
              "OCTOMIL_AGGREGATOR_URL", endpoints.aggregatorUrl(),
              "OCTOMIL_API_KEY", endpoints.apiKey(),
              "OCTOMIL_FEDERATION", federation);
      this.examples = examples;
      this.interpreter = interpreter;
    }

    String run(String section, Map<String, String> more) {
      Map<String, String> all = new LinkedHashMap<>(environment);
      all.putAll(more);
      List<String> command = new ArrayList<>(interpreter);
      command.add(examples.get(section));
      return Tools.run(folder, all, Duration.ofMinutes(2), command);
    }
  }

  private static Map<String, String> examples(String language) throws IOException {
    Map<String, String> examples = new LinkedHashMap<>();
    Matcher found = SECTION_OR_BLOCK.matcher(Files.readString(DOCUMENT));
    String section = "";
    while (found.find()) {
      if (found.group("section") != null) {
        section = found.group("section");
      } else if (found.group("language").equals(language)) {
        assertThat(examples.put(section, found.group("code")))
            .as("one example in %s under %s", language, section)
            .isNull();
      }
    }
    return examples;
  }
}
