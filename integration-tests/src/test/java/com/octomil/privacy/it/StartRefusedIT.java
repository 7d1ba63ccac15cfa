package com.octomil.privacy.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.octomil.privacy.cli.stack.Service;
import com.octomil.privacy.cli.stack.Stack;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Settings that are unsafe or mistaken stop the start, with words that name them. */
@Timeout(180)
class StartRefusedIT {

  @TempDir private Path folder;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "RELAY | quarkus.http.host=0.0.0.0 | REST on quarkus.http.host=0.0.0.0 without TLS",
        "AGGREGATOR | quarkus.grpc.server.host=0.0.0.0 | gRPC on quarkus.grpc.server.host=0.0.0.0 without TLS",
        "RELAY | quarkus.grpc.clients.budget.host=192.0.2.1 | a gRPC client to quarkus.grpc.clients.budget.host=192.0.2.1 without TLS",
        "BUDGET | octomil.service-token-file= | octomil.service-token-file is not set",
        "BUDGET | octomil.region=E U | octomil.region is 'E U': must be a DNS label",
        "RELAY | octomil.relay.wach-interval=PT1S | octomil.relay.wach-interval in SysPropConfigSource does not map to any root",
        "AGGREGATOR | octomil.tls.certificate-file=tls.crt | octomil.tls.key-file is not set",
        "AGGREGATOR | octomil.aggregator.lease=1s | octomil.aggregator.lease is PT1S; it must be at least PT2S",
      })
  void byProperty(Service service, String setting, String message) throws Exception {
    String[] parts = setting.split("=", 2);
    assertThat(refusal(service, Map.of(parts[0], parts[1]), Map.of())).contains(message);
  }

  @Test
  void byVariable() throws Exception {
    assertThat(refusal(Service.BUDGET, Map.of(), Map.of("OCTOMIL_BUDGET_BOOTSTRAP_KEYFILE", "key")))
        .contains("unknown settings: OCTOMIL_BUDGET_BOOTSTRAP_KEYFILE");
  }

  /** Starts a service with the shared database; what it wrote until it ended by itself. */
  private String refusal(
      Service service, Map<String, String> properties, Map<String, String> variables)
      throws IOException, InterruptedException {
    Path log = folder.resolve("log");
    ProcessBuilder builder =
        new ProcessBuilder(command(service, properties))
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile());
    builder.environment().putAll(variables);
    Process process = builder.start();
    try {
      assertThat(process.waitFor(120, TimeUnit.SECONDS))
          .as(() -> "it started: " + read(log))
          .isTrue();
      assertThat(process.exitValue()).isNotZero();
    } finally {
      process.destroyForcibly();
    }
    return read(log);
  }

  private static List<String> command(Service service, Map<String, String> changed) {
    Stack stack = Services.stack();
    URI database = URI.create(stack.endpoints().databaseUrl().substring("jdbc:".length()));
    Map<String, String> properties = new HashMap<>();
    for (String listener : List.of("http", "grpc.server", "management")) {
      properties.put("quarkus." + listener + ".port", "0");
    }
    properties.put("quarkus.log.console.json.enabled", "false");
    properties.put("octomil.database.host", database.getHost());
    properties.put("octomil.database.port", Integer.toString(database.getPort()));
    properties.put("octomil.database.name", database.getPath().substring(1));
    properties.put("octomil.database.username", database.getQuery().substring("user=".length()));
    properties.put("octomil.database.password", "unused-on-loopback");
    properties.put(
        "octomil.service-token-file",
        stack.workDirectory().resolve("secrets/service-token").toString());
    properties.putAll(changed);
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
    properties.forEach((name, value) -> command.add("-D" + name + "=" + value));
    command.add("-jar");
    command.add(
        Home.path()
            .resolve(service.module())
            .resolve("target/quarkus-app/quarkus-run.jar")
            .toString());
    return command;
  }

  private static String read(Path log) {
    try {
      return Files.readString(log);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
