package com.octomil.privacy.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code octomil demo --json} in short. */
@Timeout(240)
class DemoIT {

  @TempDir private Path directory;

  @Test
  void trainsWithPrivacyAndReports() throws Exception {
    JsonNode report = demo(0, "--rounds", "2", "--devices", "24", "--dropout", "0.25");

    assertThat(report.path("rounds_completed").asInt()).isEqualTo(2);
    assertThat(report.path("devices").asInt()).isEqualTo(24);
    assertThat(report.path("dropped").asInt()).isEqualTo(12);
    assertThat(report.path("survivors_min").asInt()).isBetween(10, 24);
    assertThat(report.path("epsilon").asDouble()).isEqualTo(4.0);
    assertThat(report.path("epsilon_spent").asDouble()).isPositive().isLessThanOrEqualTo(4.0);
    assertThat(report.path("delta").asDouble()).isEqualTo(1e-5);
    assertThat(report.path("baseline_accuracy").asDouble())
        .isGreaterThan(report.path("constant_accuracy").asDouble());
    assertThat(report.path("wall_seconds").asDouble()).isPositive();
    assertThat(report.path("rounds")).hasSize(2);
    for (JsonNode round : report.path("rounds")) {
      assertThat(round.path("survivors").asInt()).isLessThanOrEqualTo(round.path("cohort").asInt());
      assertThat(round.path("loss").isNumber()).isTrue();
    }
  }

  @Test
  void stopsWhenTheBudgetEnds() throws Exception {
    JsonNode report =
        demo(
            3,
            "--rounds",
            "3",
            "--devices",
            "20",
            "--dropout",
            "0",
            "--no-secagg",
            "--noise-multiplier",
            "1.0",
            "--epsilon",
            "6");

    assertThat(report.path("rounds_completed").asInt()).isPositive().isLessThan(3);
    assertThat(report.path("epsilon_spent").asDouble()).isLessThanOrEqualTo(6.0);
  }

  private JsonNode demo(int exitCode, String... options) throws Exception {
    Path output = directory.resolve("stdout");
    Path errors = directory.resolve("stderr");
    List<String> command = new java.util.ArrayList<>(Home.command("demo", "--json"));
    command.addAll(List.of(options));
    Process demo =
        new ProcessBuilder(command)
            .redirectOutput(output.toFile())
            .redirectError(errors.toFile())
            .start();
    try {
      assertThat(demo.waitFor(200, TimeUnit.SECONDS)).isTrue();
    } finally {
      demo.destroy();
    }
    assertThat(demo.exitValue()).as(() -> read(errors)).isEqualTo(exitCode);
    List<String> lines = Files.readAllLines(output);
    assertThat(lines).hasSize(1);
    return new ObjectMapper().readTree(lines.getFirst());
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (java.io.IOException unreadable) {
      return unreadable.toString();
    }
  }
}
