package com.octomil.privacy.cli.stack;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A PostgreSQL server of our own: own data directory, free port, loopback only. It is as durable as
 * a production server: {@code fsync} and {@code synchronous_commit} are on, which the library that
 * unpacks it would otherwise turn off.
 */
final class Database implements AutoCloseable {

  static final String NAME = "octomil";
  static final String USER = "postgres";

  private final EmbeddedPostgres postgres;
  private final Path dataDirectory;

  private Database(EmbeddedPostgres postgres, Path dataDirectory) {
    this.postgres = postgres;
    this.dataDirectory = dataDirectory;
  }

  /**
   * Starts the server, on the data that is already in the directory if there is any.
   *
   * @param dataDirectory its data; created if missing
   * @param log file that its output is appended to
   * @return the running server with the database {@value #NAME}
   * @throws StackException if it does not start or does not keep what it commits
   */
  static Database start(Path dataDirectory, Path log) throws StackException {
    return start(dataDirectory, log, 0);
  }

  /**
   * The same on a port of the caller's choice.
   *
   * @param port where to listen; 0: any free port
   */
  static Database start(Path dataDirectory, Path log, int port) throws StackException {
    EmbeddedPostgres postgres;
    try {
      Files.createDirectories(dataDirectory);
      postgres =
          EmbeddedPostgres.builder()
              .setDataDirectory(dataDirectory)
              .setPort(port)
              .setCleanDataDirectory(false)
              .setRegisterShutdownHook(false)
              .setPGStartupWait(Duration.ofSeconds(60))
              .setServerConfig("listen_addresses", "localhost")
              .setServerConfig("fsync", "on")
              .setServerConfig("synchronous_commit", "on")
              .setServerConfig("full_page_writes", "on")
              .setServerConfig("max_connections", "200")
              .setServerConfig("shared_buffers", "64MB")
              .setOutputRedirector(ProcessBuilder.Redirect.appendTo(log.toFile()))
              .setErrorRedirector(ProcessBuilder.Redirect.appendTo(log.toFile()))
              .start();
    } catch (IOException | IllegalStateException e) {
      throw new StackException(
          "PostgreSQL did not start: " + e.getMessage() + LogTail.of(log, 20).forMessage(), e);
    }
    Database database = new Database(postgres, dataDirectory);
    try {
      database.prepare();
      return database;
    } catch (SQLException | StackException e) {
      database.close();
      throw new StackException(
          "PostgreSQL is not usable: " + e.getMessage() + LogTail.of(log, 20).forMessage(), e);
    }
  }

  private void prepare() throws SQLException, StackException {
    try (Connection connection = postgres.getPostgresDatabase().getConnection();
        Statement statement = connection.createStatement()) {
      for (String setting : List.of("fsync", "synchronous_commit", "full_page_writes")) {
        String value = single(statement, "SHOW " + setting).orElse("absent");
        if (!value.equals("on")) {
          throw new StackException(setting + " is " + value + "; durability needs it on");
        }
      }
      if (single(statement, "SELECT 1 FROM pg_database WHERE datname = '" + NAME + "'").isEmpty()) {
        statement.execute("CREATE DATABASE " + NAME);
      }
    }
  }

  private static Optional<String> single(Statement statement, String query) throws SQLException {
    try (ResultSet rows = statement.executeQuery(query)) {
      return rows.next() ? Optional.of(rows.getString(1)) : Optional.empty();
    }
  }

  int port() {
    return postgres.getPort();
  }

  String url() {
    return "jdbc:postgresql://localhost:%d/%s?user=%s".formatted(port(), NAME, USER);
  }

  /** Process id of the server, if it runs. */
  Optional<ProcessHandle> process() {
    Path file = dataDirectory.resolve("postmaster.pid");
    try {
      return ProcessHandle.of(Long.parseLong(Files.readAllLines(file).getFirst().strip()));
    } catch (IOException | RuntimeException gone) {
      return Optional.empty();
    }
  }

  /** Ends the server without warning, and waits until all its processes are gone. */
  void kill() {
    process()
        .ifPresent(server -> {
          List<ProcessHandle> all = new ArrayList<>(server.descendants().toList());
          all.add(server);
          server.destroyForcibly();
          // They notice the death of their parent; a new server refuses to start before.
          all.forEach(handle -> Processes.awaitOrKill(handle, Duration.ofSeconds(10)));
        });
    try {
      postgres.close();
    } catch (IOException | RuntimeException alreadyGone) {
      // It only had to give up its lock on the data.
    }
  }

  /** Stops the server and waits until it is gone; its data stay. */
  @Override
  public void close() {
    Optional<ProcessHandle> server = process();
    try {
      postgres.close();
    } catch (IOException | RuntimeException failed) {
      // What counts is that the process goes; that is made sure below.
      server.ifPresent(ProcessHandle::destroy);
    }
    server.ifPresent(handle -> Processes.awaitOrKill(handle, Duration.ofSeconds(10)));
  }
}
