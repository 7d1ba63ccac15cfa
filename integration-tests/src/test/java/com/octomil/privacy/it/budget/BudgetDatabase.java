package com.octomil.privacy.it.budget;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** A PostgreSQL server of its own, as durable as a production server: {@code fsync} is on. */
final class BudgetDatabase implements AutoCloseable {

  /** A reservation as it is stored. */
  record Row(String id, String federation, String roundId, int attempt, String state) {}

  /** What a version holds at one instant. */
  record Held(String federation, long spentNanos, long committed, long reserved) {}

  private static final String NAME = "octomil";
  private static final String USER = "postgres";

  private final EmbeddedPostgres postgres;

  private BudgetDatabase(EmbeddedPostgres postgres) {
    this.postgres = postgres;
  }

  /**
   * Starts a server with an empty database.
   *
   * @param directory for its data and its log
   */
  static BudgetDatabase start(Path directory) throws IOException, SQLException {
    ProcessBuilder.Redirect log =
        ProcessBuilder.Redirect.appendTo(directory.resolve("postgresql.log").toFile());
    BudgetDatabase database =
        new BudgetDatabase(
            EmbeddedPostgres.builder()
                .setDataDirectory(directory.resolve("postgres"))
                .setServerConfig("fsync", "on")
                .setServerConfig("synchronous_commit", "on")
                .setServerConfig("full_page_writes", "on")
                .setServerConfig("max_connections", "100")
                .setPGStartupWait(Duration.ofSeconds(60))
                .setOutputRedirector(log)
                .setErrorRedirector(log)
                .start());
    try (Connection connection = database.postgres.getPostgresDatabase().getConnection();
        Statement statement = connection.createStatement()) {
      for (String setting : List.of("fsync", "synchronous_commit", "full_page_writes")) {
        try (ResultSet row = statement.executeQuery("SHOW " + setting)) {
          if (!row.next() || !row.getString(1).equals("on")) {
            throw new IllegalStateException(setting + " is off: nothing here would be durable");
          }
        }
      }
      statement.execute("CREATE DATABASE " + NAME);
    }
    return database;
  }

  int port() {
    return postgres.getPort();
  }

  String name() {
    return NAME;
  }

  String user() {
    return USER;
  }

  Connection connectAs(String role) throws SQLException {
    return postgres.getDatabase(role, NAME).getConnection();
  }

  Connection connect() throws SQLException {
    return postgres.getDatabase(USER, NAME).getConnection();
  }

  @Override
  public void close() throws IOException {
    postgres.close();
  }

  /** Every reservation of the database. */
  List<Row> reservations() throws SQLException {
    List<Row> rows = new ArrayList<>();
    try (Connection connection = connect();
        Statement statement = connection.createStatement();
        ResultSet found =
            statement.executeQuery(
                "SELECT id::text, federation, encode(round_id, 'hex'), attempt, state FROM budget.reservation")) {
      while (found.next()) {
        rows.add(
            new Row(
                found.getString(1),
                found.getString(2),
                found.getString(3),
                found.getInt(4),
                found.getString(5)));
      }
    }
    return rows;
  }

  /** Every version that has reservations, in one snapshot. */
  static List<Held> held(Connection connection) throws SQLException {
    List<Held> all = new ArrayList<>();
    try (Statement statement = connection.createStatement();
        ResultSet found =
            statement.executeQuery(
                """
                SELECT v.federation, v.epsilon_spent_nanos,
                       count(*) FILTER (WHERE r.state = 'COMMITTED'), count(*) FILTER (WHERE r.state = 'RESERVED')
                  FROM budget.federation_version v
                  JOIN budget.reservation r ON r.federation = v.federation AND r.version = v.version
                 GROUP BY v.federation, v.version
                """)) {
      while (found.next()) {
        all.add(new Held(found.getString(1), found.getLong(2), found.getLong(3), found.getLong(4)));
      }
    }
    return all;
  }

  /** Sum of what the commits of a federation say that they added. */
  long addedNanos(String federation) throws SQLException {
    try (Connection connection = connect();
        var statement =
            connection.prepareStatement(
                "SELECT coalesce(sum(epsilon_added_nanos), 0) FROM budget.reservation WHERE federation = ?")) {
      statement.setString(1, federation);
      try (ResultSet found = statement.executeQuery()) {
        found.next();
        return found.getLong(1);
      }
    }
  }
}
