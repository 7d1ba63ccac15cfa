package com.octomil.privacy.kit.test;

import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One real PostgreSQL for all service tests of a JVM, durable as in production: fsync and
 * synchronous_commit are on.
 */
public class EmbeddedPostgresResource implements QuarkusTestResourceLifecycleManager {

  private static @Nullable EmbeddedPostgres shared;

  @Override
  public Map<String, String> start() {
    return Map.of(
        "octomil.database.host",
        "localhost",
        "octomil.database.port",
        Integer.toString(postgres().getPort()),
        "octomil.database.name",
        "postgres",
        "octomil.database.username",
        "postgres",
        "octomil.database.password",
        "postgres");
  }

  @Override
  public void stop() {
    // Stays up for the next test profile; the library stops it when the JVM ends.
  }

  /** The running server. */
  public static synchronized EmbeddedPostgres postgres() {
    EmbeddedPostgres running = shared;
    if (running == null) {
      try {
        running =
            EmbeddedPostgres.builder()
                .setServerConfig("fsync", "on")
                .setServerConfig("synchronous_commit", "on")
                .setServerConfig("full_page_writes", "on")
                .start();
      } catch (IOException e) {
        throw new UncheckedIOException("embedded PostgreSQL did not start", e);
      }
      shared = running;
    }
    return running;
  }
}
