package com.octomil.privacy.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.octomil.privacy.audit.ExportVerifier;
import com.octomil.privacy.audit.VerificationKey;
import com.octomil.privacy.cli.stack.Endpoints;
import com.octomil.privacy.cli.stack.Service;
import com.octomil.privacy.cli.stack.Stack;
import com.octomil.privacy.device.DeviceIdentity;
import com.octomil.privacy.device.Enrollment;
import com.octomil.privacy.device.LocalPolicy;
import com.octomil.privacy.it.Api.Of;
import java.io.BufferedReader;
import java.io.StringReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A whole run, as an auditor, a privacy officer and a data subject see it afterwards. */
@Timeout(300)
class ComplianceIT {

  private static final int DEVICES = 12;
  private static final int BITS = 8;
  private static final double GRID_STEP = 1.0 / (1 << BITS);

  @TempDir private Path directory;

  private final Stack stack = Services.stack();
  private final Endpoints endpoints = stack.endpoints();
  private final Api api = new Api(endpoints);
  private final String federation = Services.newFederation("compliance");
  private final String base = "/api/v1/federations/" + federation;
  private final Training training = new Training(api, endpoints.apiKey(), federation);

  @Test
  void aRunCanBeAuditedAndADeviceErased() throws Exception {
    api.put(Of.BUDGET, base + "/privacy", Bodies.privacy("", true, DEVICES, BITS)).expect(201);
    training.createModel("m", new float[] {0.5f, -0.25f, 1, 0, 3});
    LocalPolicy policy = LocalPolicy.standard().withMinimumCohort(10);
    try (TestFleet others = TestFleet.enroll(api, endpoints, federation, DEVICES - 1, policy)) {
      Subject subject;
      try (TestFleet one = TestFleet.enroll(api, endpoints, federation, 1, policy)) {
        subject = new Subject(one.deviceIds().getFirst());
        others.start(Map.of(), GRID_STEP);
        one.start(Map.of(), GRID_STEP);
        completed(1, DEVICES, others);
      }
      // The subject is away; a service that is killed meanwhile loses no report.
      String job = training.start(Bodies.training(2, DEVICES - 1, 20));
      stack.crashAndRestart(Service.BUDGET);
      JsonNode done = awaitThroughTheOutage(job);
      assertThat(done.path("state").asText())
          .as(done + " " + others.outcomes())
          .isEqualTo("completed");
      stack.crashAndRestart(Service.RELAY);
      stack.crashAndRestart(Service.AGGREGATOR);

      String pseudonym = erased(subject, job);
      renewed(others);
      verified(pseudonym);
      nobodyIsNamed(others, subject);
    }
  }

  private record Subject(String deviceId) {}

  /** Keys and pins are asked for at the budget service; while it starts, answers are 503. */
  private JsonNode awaitThroughTheOutage(String job) {
    String path = base + "/training/" + job;
    JsonNode state = api.getPatiently(Of.AGGREGATOR, path).expect(200).json();
    for (int i = 0; i < 600 && !isOver(state); i++) {
      LockSupport.parkNanos(Duration.ofMillis(200).toNanos());
      state = api.getPatiently(Of.AGGREGATOR, path).expect(200).json();
    }
    // Until the calls that were cut off count as over, other calls may still be refused.
    JsonNode budget = api.getPatiently(Of.BUDGET, base + "/privacy/budget").expect(200).json();
    assertThat(budget.path("version").asInt()).isEqualTo(1);
    return state;
  }

  private static boolean isOver(JsonNode job) {
    boolean settled = true;
    for (JsonNode round : job.path("rounds")) {
      settled &= !round.path("state").asText().equals("published");
    }
    return settled && Set.of("completed", "failed", "paused").contains(job.path("state").asText());
  }

  private void completed(int rounds, int cohort, TestFleet fleet) {
    String job = training.start(Bodies.training(rounds, cohort, 20));
    JsonNode done = training.await(job, Set.of("completed", "failed", "paused"));
    assertThat(done.path("state").asText())
        .as(done + " " + fleet.outcomes())
        .isEqualTo("completed");
  }

  private String erased(Subject subject, String laterJob) {
    String body =
        "{\"device\": \""
            + subject.deviceId()
            + "\", \"reason\": \"request of the data subject\", \"selective_exclusion\": true}";
    JsonNode budgetBefore = training.budget();
    JsonNode erasure =
        patiently(() -> api.post(Of.AGGREGATOR, base + "/erasures", body)).expect(201).json();
    assertThat(erasure.path("rounds")).hasSize(1);
    JsonNode attended = erasure.path("rounds").path(0);
    assertThat(attended.path("in_model").asBoolean()).isTrue();
    assertThat(attended.path("published_version").asInt()).isEqualTo(2);
    assertThat(erasure.path("budget_refunded").asBoolean(true)).isFalse();
    assertThat(training.budget()).isEqualTo(budgetBefore);
    JsonNode rebuild = erasure.path("rebuilds").path(0);
    assertThat(rebuild.path("from_version").asInt()).isEqualTo(4);
    assertThat(rebuild.path("version").asInt()).isEqualTo(5);
    assertThat(rebuild.path("replayed_rounds").asInt()).isEqualTo(2);

    float[] expected = training.weights("m", 1);
    for (int round = 1; round <= 2; round++) {
      JsonNode aggregate = training.aggregate(laterJob, round);
      for (int i = 0; i < expected.length; i++) {
        expected[i] =
            (float) (expected[i] + 1.0 * (aggregate.path(i).asLong() * GRID_STEP / (DEVICES - 1)));
      }
    }
    assertThat(training.weights("m", 5)).isEqualTo(expected);
    JsonNode model = api.get(Of.AGGREGATOR, base + "/models/m").expect(200).json();
    assertThat(model.path("versions").path(4).path("rebuilt_from").asInt()).isEqualTo(4);
    assertThat(model.path("versions").path(4).path("excluded_rounds").path(0).asText())
        .isEqualTo(attended.path("round_id").asText());

    // Again, and by the pseudonym, it is the same; there is nothing left to rebuild.
    String pseudonym = erasure.path("pseudonym").asText();
    JsonNode again =
        api.post(Of.AGGREGATOR, base + "/erasures", body.replace(subject.deviceId(), pseudonym))
            .expect(201)
            .json();
    assertThat(again).isEqualTo(erasure);
    String report =
        new String(
            api.get(Of.AGGREGATOR, base + "/erasures/" + erasure.path("id").asText() + "/report")
                .expect(200)
                .bytes(),
            StandardCharsets.UTF_8);
    assertThat(report).contains("version 5 takes the place of version 4", pseudonym);
    return pseudonym;
  }

  private static Api.Answer patiently(java.util.function.Supplier<Api.Answer> call) {
    Api.Answer answer = call.get();
    for (int i = 0; i < 50 && answer.status() == 503; i++) {
      LockSupport.parkNanos(Duration.ofMillis(200).toNanos());
      answer = call.get();
    }
    return answer;
  }

  private static void renewed(TestFleet fleet) {
    DeviceIdentity old = fleet.identities().getFirst();
    try (DeviceIdentity renewed = Enrollment.renew(fleet.network(), old)) {
      assertThat(renewed.token()).isNotEqualTo(old.token());
      assertThat(renewed.certificate().devicePublicKey())
          .isEqualTo(old.certificate().devicePublicKey());
      assertThat(renewed.tokenExpiresAt()).isAfterOrEqualTo(old.tokenExpiresAt());
    }
  }

  private String exported() {
    return new String(
        api.get(Of.BUDGET, base + "/audit/export").expect(200).bytes(), StandardCharsets.UTF_8);
  }

  private void verified(String pseudonym) throws Exception {
    List<JsonNode> entries = new ArrayList<>();
    String export = "";
    // Outboxes are emptied within a second or so after a restart.
    for (int i = 0; i < 100; i++) {
      export = exported();
      entries = entries(export);
      if (types(entries)
              .containsAll(Set.of("model.rebuilt", "device.token-issued", "session.closed"))
          && entries.stream().filter(entry -> is(entry, "session.closed")).count() == 3
          && entries.stream().filter(entry -> is(entry, "round.settled")).count() == 3
          && entries.stream().anyMatch(entry -> is(entry, "device.certified"))) {
        break;
      }
      LockSupport.parkNanos(Duration.ofMillis(200).toNanos());
    }
    Map<String, List<Long>> numbers = new TreeMap<>();
    for (JsonNode entry : entries) {
      numbers
          .computeIfAbsent(entry.path("source").asText(), absent -> new ArrayList<>())
          .add(entry.path("number").asLong());
    }
    assertThat(numbers).hasSize(3);
    numbers
        .values()
        .forEach(list -> {
          for (int i = 0; i < list.size(); i++) {
            assertThat(list.get(i)).isEqualTo(i + 1L);
          }
        });
    Set<String> types = types(entries);
    assertThat(types)
        .contains(
            "federation.created",
            "configuration.changed",
            "budget.reserved",
            "budget.committed",
            "round.open",
            "round.uploading",
            "round.published",
            "round.committed",
            "session.advertise",
            "session.shared",
            "participation.recorded",
            "device.codes-created",
            "device.enrolled",
            "device.excluded",
            "device.certified",
            "erasure.requested",
            "model.version-created",
            "model.rebuilt",
            "model.downloaded",
            "training.completed",
            "access.read",
            "access.write");
    assertThat(entries.stream().filter(entry -> is(entry, "round.published")).count()).isEqualTo(3);
    List<JsonNode> participations =
        entries.stream().filter(entry -> is(entry, "participation.recorded")).toList();
    assertThat(participations).hasSize(3);
    assertThat(participations.get(0).path("data").path("pseudonyms")).hasSize(DEVICES);
    assertThat(participations.get(0).toString()).contains(pseudonym);
    assertThat(participations.get(1).toString()).doesNotContain(pseudonym);

    VerificationKey key =
        VerificationKey.parse(
            api.get(Of.BUDGET, "/api/v1/audit/keys")
                .expect(200)
                .json()
                .path("keys")
                .path(0)
                .path("pem")
                .asText());
    assertThat(
            ExportVerifier.verify(
                    new BufferedReader(new StringReader(export)), List.of(key), List.of())
                .defect())
        .isEmpty();
    byTheCommand(export, key);
  }

  private void byTheCommand(String export, VerificationKey key) throws Exception {
    Path file = Files.writeString(directory.resolve("log.jsonl"), export);
    Path pem = Files.writeString(directory.resolve("key.pem"), key.pem());
    assertThat(octomil("audit", "verify", file.toString(), "--key", pem.toString())).isZero();
    Files.writeString(file, export.replaceFirst("\"round.published\"", "\"round.aborted\""));
    assertThat(octomil("audit", "verify", file.toString(), "--key", pem.toString())).isEqualTo(1);
    byTheOperator(key);
  }

  /** The operator's commands against the running services. */
  private void byTheOperator(VerificationKey key) throws Exception {
    Path apiKey = Files.writeString(directory.resolve("api-key"), endpoints.apiKey());
    Path file = directory.resolve("exported.jsonl");
    List<String> where =
        List.of(
            "--budget", endpoints.budgetUrl(),
            "--relay", endpoints.relayUrl(),
            "--aggregator", endpoints.aggregatorUrl(),
            "--api-key-file", apiKey.toString());
    for (List<String> command :
        List.of(
            List.of("federations"),
            List.of("federations", "compliance", federation),
            List.of("privacy", "get", federation),
            List.of("privacy", "set", federation, "expected_cohort=13"),
            List.of("budget", "show", federation),
            List.of("budget", "rounds", federation),
            List.of("devices", "count", federation),
            List.of("devices", "enroll", federation, "--count", "2"),
            List.of("train", "list", federation),
            List.of("audit", "checkpoint", "--federation", federation),
            List.of("audit", "export", "--federation", federation, "-o", file.toString()))) {
      List<String> all = new ArrayList<>(command);
      all.addAll(where);
      assertThat(octomil(all.toArray(new String[0]))).as(command.toString()).isZero();
    }
    assertThat(octomil("audit", "verify", file.toString(), "--key", key.base64())).isZero();
    List<String> denied = new ArrayList<>(List.of("federations"));
    denied.addAll(where);
    Files.writeString(apiKey, "edg_" + "x".repeat(43));
    assertThat(octomil(denied.toArray(new String[0]))).isEqualTo(5);
  }

  private static int octomil(String... arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of(Home.path().resolve("octomil").toString()));
    command.addAll(List.of(arguments));
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .start()
        .waitFor();
  }

  private static boolean is(JsonNode entry, String type) {
    return entry.path("type").asText().equals(type);
  }

  private static Set<String> types(List<JsonNode> entries) {
    Set<String> types = new TreeSet<>();
    entries.forEach(entry -> types.add(entry.path("type").asText()));
    return types;
  }

  private static List<JsonNode> entries(String export) throws Exception {
    List<JsonNode> entries = new ArrayList<>();
    com.fasterxml.jackson.databind.ObjectMapper json =
        new com.fasterxml.jackson.databind.ObjectMapper();
    for (String line : export.lines().toList()) {
      JsonNode node = json.readTree(line);
      if (node.has("entry")) {
        entries.add(node.path("entry"));
      }
    }
    return entries;
  }

  /** What must be nowhere but in the relay's database. */
  private static Map<String, String> identifiers(TestFleet fleet, Subject subject) {
    Map<String, String> forbidden = new HashMap<>();
    List<String> ids = new ArrayList<>(fleet.deviceIds());
    ids.add(subject.deviceId());
    for (String id : ids) {
      forbidden.put(id, "device identifier");
      forbidden.put(id.replace("-", ""), "device identifier");
    }
    for (DeviceIdentity identity : fleet.identities()) {
      forbidden.put(identity.token(), "device token");
      byte[] key = identity.certificate().devicePublicKey().toArray();
      forbidden.put(HexFormat.of().formatHex(key), "device key");
      forbidden.put(java.util.Base64.getEncoder().encodeToString(key), "device key");
    }
    return forbidden;
  }

  private void nobodyIsNamed(TestFleet fleet, Subject subject) throws Exception {
    Map<String, String> forbidden = identifiers(fleet, subject);
    clean(forbidden, "audit log", exported());
    clean(
        forbidden,
        "audit log of the deployment",
        new String(
            api.get(Of.BUDGET, "/api/v1/audit/export").expect(200).bytes(),
            StandardCharsets.UTF_8));
    for (Service service : Service.values()) {
      clean(forbidden, "log of " + service, Files.readString(stack.log(service)));
      clean(forbidden, "metrics of " + service, metrics(service));
    }
    try (Connection connection = DriverManager.getConnection(endpoints.databaseUrl());
        Statement statement = connection.createStatement()) {
      List<String> tables = new ArrayList<>();
      try (ResultSet rows =
          statement.executeQuery(
              "SELECT table_schema || '.' || table_name FROM information_schema.tables"
                  + " WHERE table_schema IN ('budget', 'aggregator') AND table_type = 'BASE TABLE'")) {
        while (rows.next()) {
          tables.add(rows.getString(1));
        }
      }
      // The relay's reports leave it, so they count as elsewhere.
      tables.add("relay.audit_outbox");
      assertThat(tables).hasSizeGreaterThan(20);
      for (String table : tables) {
        try (ResultSet rows = statement.executeQuery("SELECT t::text FROM " + table + " t")) {
          while (rows.next()) {
            clean(forbidden, table, rows.getString(1));
          }
        }
      }
      // The scan finds what is there.
      boolean found = false;
      try (ResultSet rows = statement.executeQuery("SELECT t::text FROM relay.device t")) {
        while (rows.next()) {
          found |= rows.getString(1).contains(subject.deviceId());
        }
      }
      assertThat(found).isTrue();
    }
  }

  private String metrics(Service service) throws Exception {
    try (HttpClient http = HttpClient.newHttpClient()) {
      return http.send(
              HttpRequest.newBuilder(
                      URI.create(
                          "http://127.0.0.1:" + stack.ports(service).management() + "/q/metrics"))
                  .build(),
              HttpResponse.BodyHandlers.ofString())
          .body();
    }
  }

  private static void clean(Map<String, String> forbidden, String where, String text) {
    String folded = text.toLowerCase(Locale.ROOT);
    forbidden.forEach((value, kind) ->
        assertThat(text.contains(value) || folded.contains(value.toLowerCase(Locale.ROOT)))
            .as("%s in %s", kind, where)
            .isFalse());
  }
}
