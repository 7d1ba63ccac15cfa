package com.octomil.privacy.cli.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.octomil.privacy.benchmarks.Figure;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import org.junit.jupiter.api.Test;

class FigureReportTest {
  private final StringWriter out = new StringWriter();

  private void run(boolean json) throws Exception {
    FigureReport.run(
        new PrintWriter(out),
        json,
        List.of(
            sink -> sink.accept(Figure.of("noise", 21.5, "M/s").aim(20).peer(0.09)),
            sink -> sink.accept(Figure.time("  key agreement", 1500).peer(18_000))));
  }

  @Test
  void linesForPeople() throws Exception {
    run(false);
    assertThat(out.toString().lines())
        .anySatisfy(line -> assertThat(line).matches("noise +21\\.50 M/s +20 +0\\.09"))
        .anySatisfy(line -> assertThat(line).matches(" {2}key agreement +1\\.50 us +18000"))
        .anySatisfy(line -> assertThat(line).matches("largest heap while measuring +\\d+\\.00 MiB"))
        .first()
        .asString()
        .contains("processors");
  }

  @Test
  void nothingButOneJsonObject() throws Exception {
    run(true);
    JsonNode node = new ObjectMapper().readTree(out.toString());
    assertThat(node.path("processors").asInt()).isPositive();
    assertThat(node.path("figures")).hasSize(3);
    JsonNode noise = node.path("figures").path(0);
    assertThat(noise.path("name").asText()).isEqualTo("noise");
    assertThat(noise.path("value").asDouble()).isEqualTo(21.5);
    assertThat(noise.path("unit").asText()).isEqualTo("M/s");
    assertThat(noise.path("aim").asDouble()).isEqualTo(20);
    assertThat(node.path("figures").path(1).has("aim")).isFalse();
    assertThat(node.path("figures").path(1).path("name").asText()).isEqualTo("key agreement");
  }
}
