package com.octomil.privacy.it.budget;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.octomil.privacy.audit.AuditFormatException;
import com.octomil.privacy.audit.Checkpoint;
import com.octomil.privacy.audit.ExportVerifier;
import com.octomil.privacy.audit.SigningKey;
import com.octomil.privacy.audit.VerificationKey;
import com.octomil.privacy.proto.budget.v1.CommitRequest;
import com.octomil.privacy.proto.budget.v1.CommitResponse;
import com.octomil.privacy.proto.budget.v1.ReserveRequest;
import com.octomil.privacy.proto.budget.v1.ReserveResponse;
import java.io.BufferedReader;
import java.io.StringReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The key of the audit log changes, with and without the blessing of the one before it. */
@Timeout(300)
class AuditKeyRotationIT {

  private static final String PRIVACY =
      """
      {"differential_privacy": {"enabled": true, "epsilon": 4, "delta": 1e-5, "noise_multiplier": 8, "max_grad_norm": 1},
       "secure_aggregation": {"enabled": true, "min_participating_clients": 10, "reconstruction_threshold": 0.6}}
      """;

  @TempDir private Path directory;
  private final HttpClient http = HttpClient.newHttpClient();

  private String call(BudgetProcess budget, String method, String path, String body)
      throws Exception {
    HttpResponse<String> response =
        http.send(
            HttpRequest.newBuilder(URI.create(budget.url(path)))
                .header("Authorization", "Bearer " + BudgetProcess.ADMIN_KEY)
                .header("Content-Type", "application/json")
                .method(method, HttpRequest.BodyPublishers.ofString(body))
                .build(),
            HttpResponse.BodyHandlers.ofString());
    assertThat(response.statusCode()).as(response.body()).isBetween(200, 299);
    return response.body();
  }

  private static VerificationKey publicKey(String pem) throws AuditFormatException {
    return SigningKey.parseAll(pem).getFirst().publicKey();
  }

  private static ExportVerifier.Result verify(
      String export, VerificationKey trusted, Checkpoint... known) throws Exception {
    return ExportVerifier.verify(
        new BufferedReader(new StringReader(export)), List.of(trusted), List.of(known));
  }

  @Test
  void aNewKeyIsTrustedThroughTheOldOneOnlyIfThatVouchesForIt() throws Exception {
    String first = SigningKey.generatePem();
    String second = SigningKey.generatePem();
    String third = SigningKey.generatePem();
    Path file = Files.writeString(directory.resolve("audit-signing-key.pem"), first);
    String audit = "/api/v1/federations/clinic/audit";
    try (BudgetDatabase database = BudgetDatabase.start(directory)) {
      Checkpoint kept;
      try (BudgetProcess budget = BudgetProcess.start(database, directory, Map.of())) {
        budget.awaitReady(http);
        var unused = call(budget, "PUT", "/api/v1/federations/clinic/privacy", PRIVACY);
        kept = Checkpoint.parse(call(budget, "POST", audit + "/checkpoints", ""));
        budget.kill();
      }
      Files.writeString(file, second + first);
      try (BudgetProcess budget = BudgetProcess.start(database, directory, Map.of())) {
        budget.awaitReady(http);
        var unused = call(budget, "POST", audit + "/checkpoints", "");
        String export = call(budget, "GET", audit + "/export", "");
        // A day later, with the old key and the old checkpoint alone.
        ExportVerifier.Result result = verify(export, publicKey(first), kept);
        assertThat(result.defect()).isEmpty();
        assertThat(result.checkpoints()).isGreaterThanOrEqualTo(2);
        assertThat(export).contains(publicKey(second).id());
        budget.kill();
      }
      Files.writeString(file, third);
      try (BudgetProcess budget = BudgetProcess.start(database, directory, Map.of())) {
        budget.awaitReady(http);
        String export = call(budget, "GET", audit + "/export", "");
        assertThat(verify(export, publicKey(first)).defect())
            .hasValueSatisfying(
                defect -> assertThat(defect.message()).contains("neither trusted nor handed over"));
        budget.kill();
      }
    }
  }

  @Test
  void withoutAKeyItDoesNotStartUnlessThatIsAskedFor() throws Exception {
    try (BudgetDatabase database = BudgetDatabase.start(directory)) {
      Map<String, String> none = Map.of("octomil.budget.audit.signing-key-file", "");
      try (BudgetProcess budget = BudgetProcess.start(database, directory, none)) {
        assertThat(budget.awaitEnd()).isNotZero();
      }
      assertThat(Files.readString(directory.resolve("budget-service.log")))
          .contains("octomil.budget.audit.signing-key-file is not set");
      Map<String, String> inDatabase =
          Map.of(
              "octomil.budget.audit.signing-key-file", "",
              "octomil.budget.audit.key-in-database", "true");
      try (BudgetProcess budget = BudgetProcess.start(database, directory, inDatabase)) {
        budget.awaitReady(http);
        var unused = call(budget, "PUT", "/api/v1/federations/clinic/privacy", PRIVACY);
        HttpResponse<String> refused =
            http.send(
                HttpRequest.newBuilder(URI.create(budget.url("/api/v1/federations/clinic/privacy")))
                    .header("Authorization", "Bearer " + BudgetProcess.ADMIN_KEY)
                    .header("Content-Type", "application/json")
                    .PUT(
                        HttpRequest.BodyPublishers.ofString(
                            PRIVACY
                                .strip()
                                .replaceAll("}$", ", \"compliance_profile\": \"hipaa\"}")))
                    .build(),
                HttpResponse.BodyHandlers.ofString());
        assertThat(refused.statusCode()).isEqualTo(422);
        assertThat(refused.body()).contains("hipaa-audit");
        budget.kill();
      }
      assertThat(Files.readString(directory.resolve("budget-service.log"))).contains("INSECURE");
    }
  }

  /** The Jobs that migrate before an upgrade have none of the services' keys. */
  @Test
  void aMigrationNeedsNoKey() throws Exception {
    try (BudgetDatabase database = BudgetDatabase.start(directory)) {
      Map<String, String> job =
          Map.of(
              "quarkus.init-and-exit", "true",
              "octomil.budget.audit.signing-key-file", "",
              "octomil.budget.bootstrap-key-file", "");
      try (BudgetProcess budget = BudgetProcess.start(database, directory, job)) {
        assertThat(budget.awaitEnd())
            .as(Files.readString(directory.resolve("budget-service.log")))
            .isZero();
      }
      try (Connection connection = database.connect();
          Statement statement = connection.createStatement()) {
        assertThat(statement.execute("SELECT entry FROM budget.audit_entry")).isTrue();
      }
    }
  }

  @Test
  void theRoleOfTheServiceMayNotAlterTheLog() throws Exception {
    try (BudgetDatabase database = BudgetDatabase.start(directory)) {
      try (Connection superuser = database.connect();
          Statement statement = superuser.createStatement()) {
        statement.execute("CREATE ROLE plain LOGIN");
        statement.execute("CREATE SCHEMA budget AUTHORIZATION plain");
        statement.execute("GRANT CREATE ON DATABASE octomil TO plain");
      }
      try (BudgetProcess budget =
          BudgetProcess.start(database, directory, Map.of("octomil.database.username", "plain"))) {
        budget.awaitReady(http);
        // Everything the service does works with the rights that are left.
        String clinic = "/api/v1/federations/clinic";
        var unused = call(budget, "PUT", clinic + "/privacy", PRIVACY);
        unused = call(budget, "PUT", clinic + "/privacy", PRIVACY.replace("4,", "5,"));
        unused =
            call(
                budget,
                "POST",
                clinic + "/privacy/budget/allocations",
                "{\"epsilon\": 1, \"reason\": \"more\"}");
        unused = call(budget, "POST", clinic + "/dpia-bundles", "");
        ReserveResponse reserved =
            budget
                .ledger()
                .withDeadlineAfter(30, TimeUnit.SECONDS)
                .reserve(
                    ReserveRequest.newBuilder()
                        .setFederation("clinic")
                        .setRoundId(ByteString.copyFrom(new byte[16]))
                        .setAttempt(1)
                        .build());
        assertThat(reserved.hasReserved()).isTrue();
        CommitResponse committed =
            budget
                .ledger()
                .withDeadlineAfter(30, TimeUnit.SECONDS)
                .commit(
                    CommitRequest.newBuilder()
                        .setReservationId(reserved.getReserved().getReservationId())
                        .setCohort(12)
                        .setSurvivors(11)
                        .build());
        assertThat(committed.getEpsilonSpent()).isNotEmpty();
        unused = call(budget, "POST", clinic + "/versions", "{\"reason\": \"next\"}");
        unused =
            call(budget, "POST", "/api/v1/api-keys", "{\"name\": \"a\", \"scopes\": [\"read\"]}");
        unused = call(budget, "POST", clinic + "/audit/checkpoints", "");
        try (Connection owner = database.connectAs("plain");
            Statement statement = owner.createStatement()) {
          for (String table :
              List.of(
                  "audit_entry",
                  "audit_checkpoint",
                  "audit_key",
                  "event",
                  "allocation",
                  "dpia_bundle",
                  "privacy_configuration")) {
            for (String sql : List.of("DELETE FROM budget." + table, "TRUNCATE budget." + table)) {
              org.assertj.core.api.Assertions.assertThatThrownBy(() -> statement.execute(sql))
                  .as(sql)
                  .hasMessageContaining("permission denied");
            }
          }
        }
        budget.kill();
      }
      // A new key is registered with these rights too.
      Path file = directory.resolve("audit-signing-key.pem");
      Files.writeString(file, SigningKey.generatePem() + Files.readString(file));
      try (BudgetProcess budget =
          BudgetProcess.start(database, directory, Map.of("octomil.database.username", "plain"))) {
        budget.awaitReady(http);
        String verified = call(budget, "GET", "/api/v1/federations/clinic/audit/verification", "");
        assertThat(verified).contains("\"intact\":true");
        budget.kill();
      }
    }
  }
}
