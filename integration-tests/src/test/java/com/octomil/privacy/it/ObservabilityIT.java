package com.octomil.privacy.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.octomil.privacy.cli.stack.Endpoints;
import com.octomil.privacy.cli.stack.Service;
import com.octomil.privacy.cli.stack.Stack;
import com.octomil.privacy.device.LocalPolicy;
import com.octomil.privacy.it.Api.Of;
import com.octomil.privacy.it.TraceCollector.Span;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** One round, as operators see it: in traces, logs and metrics. */
@Timeout(300)
class ObservabilityIT {

  private static final int DEVICES = 12;
  private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";

  private final Stack stack = Services.stack();
  private final Endpoints endpoints = stack.endpoints();
  private final Api api = new Api(endpoints);

  @Test
  void aRoundIsSeenInTracesLogsAndMetrics() throws Exception {
    String federation = Services.newFederation("observed");
    api.put(
            Of.BUDGET,
            "/api/v1/federations/" + federation + "/privacy",
            Bodies.privacy("", true, DEVICES, 8))
        .expect(201);
    Training training = new Training(api, endpoints.apiKey(), federation);
    training.createModel("m", new float[33]);
    try (TestFleet fleet =
        TestFleet.enroll(
            api, endpoints, federation, DEVICES, LocalPolicy.standard().withMinimumCohort(10))) {
      String job = startTraced(federation);
      fleet.start(Map.of(), 1.0 / 256);
      JsonNode done = training.await(job, Set.of("completed", "failed", "paused"));
      assertThat(done.path("state").asText())
          .as(done + " " + fleet.summary())
          .isEqualTo("completed");
    }

    oneTraceSpansTheThreeServices();
    theTraceOfACallerGoesOn();
    Set<String> secrets = secrets();
    devicesAreNotTraced(secrets);
    logsAreStructuredAndNameNobody(secrets);
    documentedMetricsAreThere();
  }

  private String startTraced(String federation) throws Exception {
    try (HttpClient http = HttpClient.newHttpClient()) {
      HttpResponse<String> answer =
          http.send(
              HttpRequest.newBuilder(
                      URI.create(
                          api.url(
                              Of.AGGREGATOR, "/api/v1/federations/" + federation + "/training")))
                  .header("Authorization", "Bearer " + endpoints.apiKey())
                  .header("Content-Type", "application/json")
                  .header("traceparent", "00-" + TRACE + "-00f067aa0ba902b7-01")
                  .POST(HttpRequest.BodyPublishers.ofString(Bodies.training(1, DEVICES, 30)))
                  .build(),
              HttpResponse.BodyHandlers.ofString());
      assertThat(answer.statusCode()).as(answer.body()).isEqualTo(202);
      return new ObjectMapper().readTree(answer.body()).path("id").asText();
    }
  }

  private static void oneTraceSpansTheThreeServices() {
    Set<String> expected =
        Set.of(
            "aggregator-service round",
            "budget-service octomil.budget.v1.BudgetLedger/Reserve",
            "budget-service octomil.budget.v1.BudgetLedger/Commit",
            "secagg-relay-service octomil.relay.v1.RelaySessions/OpenSession",
            "secagg-relay-service octomil.relay.v1.RelaySessions/OpenGraph",
            "secagg-relay-service octomil.relay.v1.RelaySessions/CloseSession");
    eventually(
        () -> "no trace has all of " + expected + " among " + seen(),
        () ->
            Services.traces().spans().stream()
                .collect(Collectors.groupingBy(Span::traceId))
                .values()
                .stream()
                .anyMatch(trace -> names(trace).containsAll(expected) && isConnected(trace)));
  }

  /** Every span but the first has its parent in the trace. */
  private static boolean isConnected(List<Span> trace) {
    Set<String> ids = trace.stream().map(Span::spanId).collect(Collectors.toSet());
    List<Span> roots = trace.stream().filter(span -> !ids.contains(span.parentId())).toList();
    return roots.size() == 1 && roots.getFirst().name().equals("round");
  }

  private static void theTraceOfACallerGoesOn() {
    eventually(
        () -> "the caller's trace does not reach the budget service: " + seen(),
        () -> {
          List<Span> trace =
              Services.traces().spans().stream()
                  .filter(span -> span.traceId().equals(TRACE))
                  .toList();
          Set<String> services = trace.stream().map(Span::service).collect(Collectors.toSet());
          return services.containsAll(Set.of("aggregator-service", "budget-service"));
        });
  }

  private static void devicesAreNotTraced(Set<String> secrets) {
    assertThat(Services.traces().spans())
        .extracting(Span::name)
        .isNotEmpty()
        .noneMatch(name -> name.contains("DeviceRelay") || name.contains("DeviceAggregator"));
    for (Span span : Services.traces().spans()) {
      assertThat(secrets)
          .as("of %s in the span %s", span.service(), span.name())
          .noneMatch(span.encoded()::contains);
    }
  }

  /** What no trace and no log may contain. */
  private Set<String> secrets() throws Exception {
    Set<String> secrets = identifiers();
    secrets.add(endpoints.apiKey());
    assertThat(secrets).hasSizeGreaterThan(2 * DEVICES);
    return secrets;
  }

  private void logsAreStructuredAndNameNobody(Set<String> secrets) throws Exception {
    for (Service service : Service.values()) {
      int lines = 0;
      for (String line : Files.readAllLines(stack.log(service))) {
        secrets.forEach(
            secret -> assertThat(line.contains(secret)).as("%s is in %s", secret, line).isFalse());
        // What the JVM itself has to say is no record.
        if (line.startsWith("{")) {
          JsonNode entry = new ObjectMapper().readTree(line);
          assertThat(entry.path("timestamp").asText()).as(line).isNotEmpty();
          assertThat(entry.path("level").asText()).as(line).isNotEmpty();
          assertThat(entry.path("loggerName").asText()).as(line).isNotEmpty();
          assertThat(entry.has("message")).as(line).isTrue();
          lines++;
        }
      }
      assertThat(lines).as("records in the log of %s", service).isPositive();
    }
  }

  /** Devices, their pseudonyms of rounds, in the ways they are written. */
  private Set<String> identifiers() throws Exception {
    Set<String> identifiers = new TreeSet<>();
    try (Connection database = DriverManager.getConnection(endpoints.databaseUrl());
        Statement statement = database.createStatement()) {
      for (String query :
          List.of(
              "SELECT device_id::text FROM relay.device",
              "SELECT encode(participant_id, 'hex') FROM relay.admission")) {
        try (ResultSet rows = statement.executeQuery(query)) {
          while (rows.next()) {
            identifiers.add(rows.getString(1));
          }
        }
      }
    }
    for (String identifier : List.copyOf(identifiers)) {
      if (!identifier.contains("-")) {
        identifiers.add(Base64.getEncoder().encodeToString(HexFormat.of().parseHex(identifier)));
      }
    }
    return identifiers;
  }

  /** Each name in the tables of docs/OPERATIONS.md is exposed by the service that it is said of. */
  private void documentedMetricsAreThere() throws Exception {
    String operations = Files.readString(Home.path().resolve("docs/OPERATIONS.md"));
    Map<Service, List<String>> documented = new HashMap<>();
    Pattern row = Pattern.compile("(?m)^\\| `(octomil_[a-z_]+)[^|\n]*\\| ([a-z, ]+) \\|");
    for (MatchResult match : row.matcher(operations).results().toList()) {
      for (String service : match.group(2).split(", ")) {
        List<Service> services =
            service.equals("all")
                ? List.of(Service.values())
                : List.of(Service.valueOf(service.toUpperCase(Locale.ROOT)));
        services.forEach(
            one -> documented.computeIfAbsent(one, s -> new ArrayList<>()).add(match.group(1)));
      }
    }
    assertThat(documented).containsOnlyKeys(Service.values());
    try (HttpClient http = HttpClient.newHttpClient()) {
      for (Service service : Service.values()) {
        String exposed =
            http.send(
                    HttpRequest.newBuilder(
                            URI.create(
                                "http://127.0.0.1:"
                                    + stack.ports(service).management()
                                    + "/q/metrics"))
                        .build(),
                    HttpResponse.BodyHandlers.ofString())
                .body();
        for (String name : documented.get(service)) {
          assertThat(exposed)
              .as("metrics of %s", service)
              .containsPattern("(?m)^" + name + "(_count)?[{ ]");
        }
      }
    }
  }

  private static Set<String> names(List<Span> spans) {
    return spans.stream()
        .map(span -> span.service() + " " + span.name())
        .collect(Collectors.toSet());
  }

  private static Set<String> seen() {
    return names(Services.traces().spans());
  }

  private static void eventually(Supplier<String> otherwise, BooleanSupplier condition) {
    long deadline = System.nanoTime() + Duration.ofSeconds(60).toNanos();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime() - deadline).as(otherwise.get()).isNegative();
      LockSupport.parkNanos(Duration.ofMillis(100).toNanos());
    }
  }
}
