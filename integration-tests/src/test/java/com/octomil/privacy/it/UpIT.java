package com.octomil.privacy.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code octomil up --json} says where everything is, and leaves no process behind. */
@Timeout(120)
class UpIT {

  @TempDir private Path directory;

  @Test
  void firstLineIsTheEndpointsAndATerminationSignalStopsEverything() throws Exception {
    Path errors = directory.resolve("stderr");
    ProcessBuilder command =
        new ProcessBuilder(
                Home.command("up", "--json", "--work-dir", directory.resolve("work").toString()))
            .redirectError(errors.toFile());
    command.environment().put("XDG_CONFIG_HOME", directory.resolve("config").toString());
    Process up = command.start();
    List<ProcessHandle> family = new ArrayList<>();
    try (BufferedReader output = up.inputReader(StandardCharsets.UTF_8)) {
      String line = output.readLine();
      assertThat(line).as(() -> read(errors)).isNotNull();
      JsonNode endpoints = new ObjectMapper().readTree(line);

      family.add(postgres());
      family.addAll(up.descendants().filter(ProcessHandle::isAlive).toList());
      assertThat(family).hasSizeGreaterThanOrEqualTo(4).allMatch(ProcessHandle::isAlive);
      assertReachable(endpoints);
      assertThat(federations()).isEqualTo("{\"federations\":[]}");

      // Not through the process itself, which would close its output.
      up.toHandle().destroy();
      assertThat(up.waitFor(60, TimeUnit.SECONDS)).isTrue();
      assertThat(output.readLine()).as("nothing but the endpoints on standard output").isNull();
    } finally {
      up.destroyForcibly();
    }
    assertThat(up.exitValue()).isEqualTo(128 + 15);
    for (ProcessHandle process : family) {
      assertThat(process.isAlive()).as("process %s after the end", process.pid()).isFalse();
    }
  }

  private ProcessHandle postgres() throws Exception {
    Path file = directory.resolve("work/postgres/postmaster.pid");
    return ProcessHandle.of(Long.parseLong(Files.readAllLines(file).getFirst().strip()))
        .orElseThrow();
  }

  /** Another terminal finds the installation by its profile. */
  private String federations() throws Exception {
    Path key = directory.resolve("config/octomil/local.key");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(key)))
        .isEqualTo("rw-------");
    String printed =
        Tools.run(
            directory,
            Map.of("XDG_CONFIG_HOME", directory.resolve("config").toString()),
            Duration.ofSeconds(60),
            Home.command("--profile", "local", "federations", "list", "--json"));
    return new ObjectMapper().readTree(printed).toString();
  }

  private static void assertReachable(JsonNode endpoints) throws Exception {
    String key = endpoints.path("api_key").asText();
    assertThat(key).startsWith("edg_");
    try (HttpClient http = HttpClient.newHttpClient()) {
      for (String service : List.of("budget_url", "aggregator_url")) {
        HttpResponse<String> refused =
            http.send(
                HttpRequest.newBuilder(
                        URI.create(
                            endpoints.path(service).asText()
                                + "/api/v1/federations/nobody/privacy"))
                    .build(),
                HttpResponse.BodyHandlers.ofString());
        assertThat(refused.statusCode()).as(service).isIn(401, 404);
      }
      HttpResponse<String> dashboard =
          http.send(
              HttpRequest.newBuilder(URI.create(endpoints.path("dashboard_url").asText())).build(),
              HttpResponse.BodyHandlers.ofString());
      assertThat(dashboard.statusCode()).isEqualTo(200);
      assertThat(dashboard.headers().firstValue("Content-Security-Policy").orElse(""))
          .as("the page may call the other services")
          .contains(endpoints.path("aggregator_url").asText());
    }
    for (String address : List.of("aggregator_grpc", "relay_grpc")) {
      assertThat(endpoints.path(address).asText()).as(address).matches("127\\.0\\.0\\.1:\\d+");
    }
    try (Connection database =
        DriverManager.getConnection(endpoints.path("database_url").asText())) {
      assertThat(database.isValid(5)).isTrue();
    }
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (java.io.IOException unreadable) {
      return unreadable.toString();
    }
  }
}
