package com.octomil.privacy.budget.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;

import com.octomil.privacy.audit.AuditFormatException;
import com.octomil.privacy.audit.Checkpoint;
import com.octomil.privacy.audit.ExportVerifier;
import com.octomil.privacy.audit.HashChain;
import com.octomil.privacy.audit.VerificationKey;
import com.octomil.privacy.budget.test.Api;
import com.octomil.privacy.budget.test.BudgetResources;
import com.octomil.privacy.budget.test.Internal;
import com.octomil.privacy.kit.test.EmbeddedPostgresResource;
import com.octomil.privacy.kit.test.ServiceTokenResource;
import com.octomil.privacy.proto.budget.v1.AppendEventsRequest;
import com.octomil.privacy.proto.budget.v1.AuditEvent;
import io.grpc.StatusRuntimeException;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.path.json.JsonPath;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.StringReader;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.eclipse.microprofile.config.ConfigProvider;
import org.junit.jupiter.api.Test;

@QuarkusTest
@QuarkusTestResource(EmbeddedPostgresResource.class)
@QuarkusTestResource(ServiceTokenResource.class)
@QuarkusTestResource(BudgetResources.class)
class AuditApiTest {

  private final String federation = Api.newName();
  private final String audit = "/api/v1/federations/" + federation + "/audit";

  private static Internal internal() {
    return new Internal(
        ConfigProvider.getConfig().getValue("quarkus.grpc.server.test-port", Integer.class));
  }

  private JsonPath entries(String query) {
    return Api.admin().get(audit + "/entries" + query).then().statusCode(200).extract().jsonPath();
  }

  private String export(String query) {
    return Api.admin().get(audit + "/export" + query).then().statusCode(200).extract().asString();
  }

  private static List<VerificationKey> keys() throws AuditFormatException {
    List<VerificationKey> keys = new ArrayList<>();
    for (String pem :
        Api.admin()
            .get("/api/v1/audit/keys")
            .then()
            .extract()
            .jsonPath()
            .getList("keys.pem", String.class)) {
      keys.add(VerificationKey.parse(pem));
    }
    return keys;
  }

  private static ExportVerifier.Result verify(String export, Checkpoint... known)
      throws IOException, AuditFormatException {
    return ExportVerifier.verify(
        new BufferedReader(new StringReader(export)), keys(), List.of(known));
  }

  private void someHistory() {
    Api.put(federation, Api.EXAMPLE).statusCode(201);
    Api.put(federation, Api.configuration(3, 1e-5, 5)).statusCode(200);
    try (Internal internal = internal()) {
      String unused = internal.commit(internal.reserved(federation), 12, 11);
      String released = internal.release(internal.reserved(federation));
      assertThat(released).isNotEmpty();
    }
  }

  /** What somebody does who owns the server: no trigger stops a superuser who turns them off. */
  private static void asSuperuser(String... statements) throws SQLException {
    try (Connection connection =
            EmbeddedPostgresResource.postgres().getPostgresDatabase().getConnection();
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      statement.execute("SET LOCAL session_replication_role = replica");
      for (String sql : statements) {
        assertThat(statement.executeUpdate(sql)).as(sql).isPositive();
      }
      connection.commit();
    }
  }

  @Test
  void whatHappensIsInTheLogWithBeforeAndAfter() {
    someHistory();
    JsonPath log = entries("");
    assertThat(log.getList("entries.entry.type", String.class))
        .contains(
            "federation.created",
            "configuration.changed",
            "budget.reserved",
            "budget.committed",
            "budget.released",
            "access.write");
    assertThat(log.getList("entries.entry.sequence", Integer.class))
        .isSorted()
        .doesNotHaveDuplicates();
    JsonPath changes = entries("?type=configuration.changed");
    assertThat(changes.getList("entries")).hasSize(2);
    assertThat(changes.<Object>get("entries[0].entry.data.before")).isNull();
    assertThat(changes.getString("entries[0].entry.data.after.epsilon")).isEqualTo("4.0");
    assertThat(changes.getString("entries[1].entry.data.before.epsilon")).isEqualTo("4.0");
    assertThat(changes.getString("entries[1].entry.data.after.epsilon")).startsWith("3");
    assertThat(changes.getString("entries[1].entry.data.after.noise_multiplier")).startsWith("5");
    assertThat(changes.getString("entries[0].entry.service")).isEqualTo("budget");
    assertThat(entries("?type=budget.committed").getString("entries[0].entry.data.survivors"))
        .isEqualTo("11");
  }

  @Test
  void readingTheLogIsInTheLog() {
    Api.put(federation, Api.EXAMPLE).statusCode(201);
    String auditor = Api.newKey(federation, "auditor");
    Api.as(auditor).get(audit + "/export").then().statusCode(200);
    JsonPath reads = entries("?type=access.read");
    assertThat(reads.getList("entries.entry.data.path", String.class)).contains(audit + "/export");
  }

  @Test
  void wrongCredentialsAreInTheLogOfTheDeployment() {
    Api.as("edg_" + "x".repeat(43)).get("/api/v1/federations").then().statusCode(401);
    JsonPath failed =
        Api.admin()
            .get("/api/v1/audit/entries?type=authentication.failed&limit=1000")
            .then()
            .statusCode(200)
            .extract()
            .jsonPath();
    assertThat(failed.getList("entries")).isNotEmpty();
    assertThat(failed.getString("entries[0].entry.data.credential")).isEqualTo("api_key");
    assertThat(failed.<Object>get("entries[0].entry.federation")).isNull();
  }

  @Test
  void anExportVerifiesWholeFilteredAndInPart() throws Exception {
    someHistory();
    var whole = verify(export(""));
    assertThat(whole.defect()).isEmpty();
    assertThat(whole.first()).isEqualTo(1);
    assertThat(whole.leftOut()).isZero();
    assertThat(whole.federation()).isEqualTo(federation);
    String onlyBudget = export("?type=budget.reserved,budget.committed");
    assertThat(onlyBudget).doesNotContain("configuration.changed\"");
    var filtered = verify(onlyBudget);
    assertThat(filtered.defect()).isEmpty();
    assertThat(filtered.entries()).isEqualTo(3);
    assertThat(filtered.leftOut()).isPositive();
    var rest = verify(export("?after=2"));
    assertThat(rest.defect()).isEmpty();
    assertThat(rest.first()).isEqualTo(3);
    var none = verify(export("?to=2020-01-01T00:00:00Z"));
    assertThat(none.defect()).isEmpty();
    assertThat(none.entries()).isZero();
    Api.admin().get(audit + "/verification").then().statusCode(200).body("intact", equalTo(true));
  }

  @Test
  void manyWhoSignAndReportAtOnceAreNoBreak() {
    someHistory();
    List<CompletableFuture<Integer>> answers = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      int number = i;
      answers.add(
          CompletableFuture.supplyAsync(() ->
              (number % 2 == 0
                      ? Api.admin().post(audit + "/checkpoints")
                      : Api.admin().get(audit + "/entries?after=" + number))
                  .statusCode()));
    }
    for (CompletableFuture<Integer> answer : answers) {
      assertThat(answer.join()).isIn(200, 201);
    }
    Api.admin().get(audit + "/verification").then().body("intact", equalTo(true));
  }

  @Test
  void csvIsForReading() {
    someHistory();
    String csv = export("?format=csv&type=budget.committed");
    assertThat(csv.lines().toList()).hasSize(2);
    assertThat(csv.lines().findFirst().orElseThrow()).startsWith("sequence,at,recorded_at,type");
    assertThat(csv).contains("\"budget.committed\"", "\"\"survivors\"\":\"\"11\"\"");
  }

  @Test
  void badQueriesAreRefusedByName() {
    Api.put(federation, Api.EXAMPLE).statusCode(201);
    for (String[] each :
        new String[][] {
          {"/entries?type=Nonsense", "type"},
          {"/entries?from=yesterday", "from"},
          {"/entries?after=-1", "after"},
          {"/export?format=xml", "format"}
        }) {
      Api.admin()
          .get(audit + each[0])
          .then()
          .statusCode(org.hamcrest.Matchers.anyOf(equalTo(400), equalTo(422)))
          .body("errors[0].field", equalTo(each[1]));
    }
    Api.admin()
        .get(audit + "/export?after=100000")
        .then()
        .statusCode(404)
        .body("detail", containsString("no entry 100000"));
    Api.admin()
        .get("/api/v1/federations/" + Api.newName() + "/audit/entries")
        .then()
        .statusCode(404);
    Api.as(Api.newKey(null, "operator")).get(audit + "/entries").then().statusCode(403);
    Api.as(Api.newKey(federation, "auditor")).get("/api/v1/audit/entries").then().statusCode(403);
  }

  @Test
  void anAlteredEntryIsFound() throws Exception {
    someHistory();
    int sequence = entries("?type=budget.committed").getInt("entries[0].entry.sequence");
    asSuperuser(
        "UPDATE budget.audit_entry SET entry = replace(entry, '\"survivors\":\"11\"', '\"survivors\":\"12\"')"
            + " WHERE federation = '"
            + federation
            + "' AND type = 'budget.committed'");
    assertThat(verify(export("")).defect())
        .hasValueSatisfying(defect -> {
          assertThat(defect.firstWrong()).contains((long) sequence);
          assertThat(defect.lastWrong()).contains((long) sequence);
        });
    Api.admin()
        .get(audit + "/verification")
        .then()
        .statusCode(200)
        .body("intact", equalTo(false))
        .body("first_wrong", equalTo(sequence));
  }

  @Test
  void aRemovedEntryIsFoundAndNothingIsSignedOverIt() throws Exception {
    someHistory();
    int sequence = entries("?type=budget.reserved").getInt("entries[0].entry.sequence");
    asSuperuser(
        "DELETE FROM budget.audit_entry WHERE federation = '"
            + federation
            + "' AND sequence = "
            + sequence);
    Api.admin()
        .post(audit + "/checkpoints")
        .then()
        .statusCode(409)
        .body("detail", containsString("tampered"));
    assertThat(verify(export("")).defect().flatMap(ExportVerifier.Defect::firstWrong))
        .contains((long) sequence);
  }

  @Test
  void entriesThatChangedPlacesAreFound() throws Exception {
    someHistory();
    assertThat(entries("").getList("entries")).hasSizeGreaterThan(3);
    String of = " WHERE federation = '" + federation + "' AND sequence = ";
    asSuperuser(
        "UPDATE budget.audit_entry SET sequence = 1000000" + of + 2,
        "UPDATE budget.audit_entry SET sequence = 2" + of + 3,
        "UPDATE budget.audit_entry SET sequence = 3" + of + 1_000_000);
    assertThat(verify(export("")).defect().flatMap(ExportVerifier.Defect::firstWrong)).contains(2L);
  }

  @Test
  void aForgedEntryWithTheRightHashIsFoundByTheCheckpointBeforeIt() throws Exception {
    someHistory();
    Api.admin().post(audit + "/checkpoints").then().statusCode(201);
    rewrite(2, "\"actor\":\"", "\"actor\":\"x");
    assertThat(verify(export("")).defect())
        .hasValueSatisfying(
            defect -> assertThat(defect.message()).contains("differs from what the checkpoint"));
  }

  /** Alters an entry and computes all digests and hashes anew, as whoever knows the format can. */
  private void rewrite(long altered, String from, String to) throws SQLException {
    try (Connection connection =
            EmbeddedPostgresResource.postgres().getPostgresDatabase().getConnection();
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      statement.execute("SET LOCAL session_replication_role = replica");
      List<String> all = new ArrayList<>();
      try (ResultSet rows =
          statement.executeQuery(
              "SELECT entry FROM budget.audit_entry WHERE federation = '"
                  + federation
                  + "' ORDER BY sequence")) {
        while (rows.next()) {
          all.add(rows.getString(1));
        }
      }
      byte[] hash = HashChain.start(federation);
      try (PreparedStatement update =
          connection.prepareStatement(
              "UPDATE budget.audit_entry SET entry = ?, digest = ?, hash = ? WHERE federation = ? AND sequence = ?")) {
        for (int i = 0; i < all.size(); i++) {
          String entry = i + 1 == altered ? all.get(i).replace(from, to) : all.get(i);
          byte[] digest = HashChain.digest(entry);
          hash = HashChain.next(hash, digest);
          update.setString(1, entry);
          update.setBytes(2, digest);
          update.setBytes(3, hash);
          update.setString(4, federation);
          update.setLong(5, i + 1);
          assertThat(update.executeUpdate()).isEqualTo(1);
        }
      }
      try (PreparedStatement head =
          connection.prepareStatement(
              "UPDATE budget.audit_head SET hash = ? WHERE federation = ?")) {
        head.setBytes(1, hash);
        head.setString(2, federation);
        assertThat(head.executeUpdate()).isEqualTo(1);
      }
      connection.commit();
    }
  }

  @Test
  void anEntryThatWasPutBehindTheEndIsFoundThoughItsHashIsRight() throws Exception {
    someHistory();
    Api.admin().post(audit + "/checkpoints").then().statusCode(201);
    try (Connection connection =
            EmbeddedPostgresResource.postgres().getPostgresDatabase().getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute("SET session_replication_role = replica");
      String of = " WHERE federation = '" + federation + "'";
      long last;
      String entry;
      byte[] hash;
      try (ResultSet row =
          statement.executeQuery(
              "SELECT sequence, entry, hash FROM budget.audit_entry"
                  + of
                  + " ORDER BY sequence DESC LIMIT 1")) {
        assertThat(row.next()).isTrue();
        last = row.getLong(1);
        entry = row.getString(2);
        hash = row.getBytes(3);
      }
      String forged =
          entry
              .replace("\"sequence\":" + last, "\"sequence\":" + (last + 1))
              .replaceFirst("\"source\":\"[0-9a-f-]+\"", "\"source\":\"" + UUID.randomUUID() + "\"")
              .replaceFirst("\"number\":\\d+", "\"number\":1");
      byte[] digest = HashChain.digest(forged);
      byte[] after = HashChain.next(hash, digest);
      try (PreparedStatement insert =
          connection.prepareStatement(
              "INSERT INTO budget.audit_entry VALUES (?, ?, ?, ?, ?, 'budget.committed', now(), 'x', 1)")) {
        insert.setString(1, federation);
        insert.setLong(2, last + 1);
        insert.setString(3, forged);
        insert.setBytes(4, digest);
        insert.setBytes(5, after);
        assertThat(insert.executeUpdate()).isEqualTo(1);
      }
      try (PreparedStatement head =
          connection.prepareStatement(
              "UPDATE budget.audit_head SET sequence = ?, hash = ? WHERE federation = ?")) {
        head.setLong(1, last + 1);
        head.setBytes(2, after);
        head.setString(3, federation);
        assertThat(head.executeUpdate()).isEqualTo(1);
      }
    }
    // Later reports are appended, so that none is lost, but nothing is signed any more.
    Api.put(federation, Api.configuration(3.5, 1e-5, 5)).statusCode(200);
    Api.admin()
        .post(audit + "/checkpoints")
        .then()
        .statusCode(409)
        .body("detail", containsString("tampered"));
    assertThat(verify(export("")).defect()).isPresent();
    assertThat(entries("?type=configuration.changed").getList("entries")).hasSize(3);
  }

  @Test
  void aLogThatWasCutWithItsCheckpointsIsFoundByWhoeverKeptOne() throws Exception {
    someHistory();
    Checkpoint kept =
        Checkpoint.parse(
            Api.admin().post(audit + "/checkpoints").then().statusCode(201).extract().asString());
    assertThat(verify(export(""), kept).defect()).isEmpty();
    String of = " WHERE federation = '" + federation + "'";
    asSuperuser(
        "DELETE FROM budget.audit_entry" + of + " AND sequence > 2",
        "DELETE FROM budget.audit_checkpoint" + of + " AND sequence > 2",
        "UPDATE budget.audit_head SET sequence = 2, hash = (SELECT hash FROM budget.audit_entry"
            + of
            + " AND sequence = 2)"
            + of);
    assertThat(verify(export(""), kept).defect()).isPresent();
  }

  @Test
  void theDatabaseRefusesToAlterOrRemove() throws Exception {
    someHistory();
    String unused = export("");
    for (String table : List.of("audit_entry", "audit_checkpoint", "audit_key")) {
      for (String sql :
          List.of(
              "DELETE FROM budget." + table,
              "TRUNCATE budget." + table + " CASCADE",
              "UPDATE budget."
                  + table
                  + " SET "
                  + (table.equals("audit_key") ? "key_id = key_id" : "hash = hash"))) {
        try (Connection connection =
                EmbeddedPostgresResource.postgres().getPostgresDatabase().getConnection();
            Statement statement = connection.createStatement()) {
          assertThatThrownBy(() -> statement.execute(sql))
              .as(sql)
              .isInstanceOf(SQLException.class)
              .hasMessageContaining("never altered or removed");
        }
      }
    }
  }

  private static AuditEvent event(String federation, long number, String data) {
    return AuditEvent.newBuilder()
        .setFederation(federation)
        .setNumber(number)
        .setType("round.published")
        .setActor("aggregator")
        .setAtMicros(Instant.now().toEpochMilli() * 1000)
        .setData(data)
        .build();
  }

  @Test
  void eventsOfOtherServicesAreKeptOnceAndInOrder() throws Exception {
    Api.put(federation, Api.EXAMPLE).statusCode(201);
    String source = UUID.randomUUID().toString();
    AppendEventsRequest request =
        AppendEventsRequest.newBuilder()
            .setService("aggregator")
            .setSource(source)
            .setRegion("eu")
            .addEvents(event(federation, 1, "{\"place\":\"1\"}"))
            .addEvents(event(federation, 2, "{\"place\":\"2\"}"))
            .build();
    try (Internal internal = internal()) {
      for (int i = 0; i < 3; i++) {
        var unused = internal.auditLog().appendEvents(request);
      }
      var unused =
          internal
              .auditLog()
              .appendEvents(
                  request.toBuilder().addEvents(event(federation, 3, "{\"place\":0.5}")).build());
    }
    JsonPath published = entries("?type=round.published");
    assertThat(published.getList("entries.entry.number", Integer.class)).containsExactly(1, 2, 3);
    assertThat(published.getString("entries[0].entry.region")).isEqualTo("eu");
    assertThat(published.getString("entries[2].entry.data.unreadable"))
        .isEqualTo("{\"place\":0.5}");
    assertThat(verify(export("")).defect()).isEmpty();
  }

  @Test
  void eventsThatMakeNoSenseAreRefused() {
    try (Internal internal = internal()) {
      AppendEventsRequest good =
          AppendEventsRequest.newBuilder()
              .setService("relay")
              .setSource(UUID.randomUUID().toString())
              .addEvents(event(federation, 1, "{}"))
              .build();
      for (AppendEventsRequest bad :
          List.of(
              good.toBuilder().setService("somebody").build(),
              good.toBuilder().setSource("here").build(),
              good.toBuilder().setRegion("Not A Region").build(),
              good.toBuilder().setEvents(0, event("Not A Name", 1, "{}")).build(),
              good.toBuilder().setEvents(0, event(federation, 0, "{}")).build())) {
        assertThatThrownBy(() -> internal.auditLog().appendEvents(bad))
            .isInstanceOf(StatusRuntimeException.class)
            .hasMessageContaining("INVALID_ARGUMENT");
      }
    }
  }
}
