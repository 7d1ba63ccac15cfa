package com.octomil.privacy.kit.test;

import io.quarkus.test.junit.QuarkusTestProfile;
import java.util.HashMap;
import java.util.Map;

/** The configuration that the kit's own tests need; services bring theirs. */
public class KitProfile implements QuarkusTestProfile {

  @Override
  public Map<String, String> getConfigOverrides() {
    Map<String, String> config = new HashMap<>();
    config.put("quarkus.devservices.enabled", "false");
    config.put("quarkus.datasource.db-kind", "postgresql");
    config.put("quarkus.datasource.username", "${octomil.database.username}");
    config.put("quarkus.datasource.password", "${octomil.database.password}");
    String database =
        "//${octomil.database.host}:${octomil.database.port}/${octomil.database.name}";
    config.put("quarkus.datasource.jdbc.url", "jdbc:postgresql:" + database);
    config.put("quarkus.datasource.reactive.url", "postgresql:" + database);
    config.put("quarkus.flyway.migrate-at-start", "true");
    config.put("quarkus.flyway.schemas", "kit");
    config.put("quarkus.flyway.create-schemas", "true");
    config.put("quarkus.flyway.locations", "db/audit");
    config.put("quarkus.http.host", "127.0.0.1");
    config.put("quarkus.http.test-port", "0");
    config.put("quarkus.grpc.server.host", "127.0.0.1");
    config.put("quarkus.grpc.server.use-separate-server", "true");
    config.put("quarkus.grpc.server.test-port", "0");
    return config;
  }
}
