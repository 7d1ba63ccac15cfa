package com.octomil.privacy.cli.stack;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DatabaseTest {

  @TempDir private Path directory;

  @Test
  void keepsWhatItCommitsAndLeavesNoProcess() throws Exception {
    ProcessHandle first;
    try (Database database = start()) {
      first = database.process().orElseThrow();
      assertThat(first.isAlive()).isTrue();
      assertThat(query(database, "SHOW fsync")).isEqualTo("on");
      assertThat(query(database, "SHOW synchronous_commit")).isEqualTo("on");
      assertThat(query(database, "SHOW full_page_writes")).isEqualTo("on");
      update(database, "CREATE TABLE kept (x int)");
      update(database, "INSERT INTO kept VALUES (42)");
    }
    assertThat(first.isAlive()).isFalse();

    try (Database database = start()) {
      assertThat(query(database, "SELECT x FROM kept")).isEqualTo("42");
    }
  }

  private Database start() throws StackException {
    return Database.start(directory.resolve("data"), directory.resolve("postgresql.log"));
  }

  private static String query(Database database, String sql) throws SQLException {
    try (Connection connection = DriverManager.getConnection(database.url());
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      assertThat(rows.next()).isTrue();
      return rows.getString(1);
    }
  }

  private static void update(Database database, String sql) throws SQLException {
    try (Connection connection = DriverManager.getConnection(database.url());
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }
}
