package com.octomil.privacy.kit.startup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quarkus.runtime.StartupEvent;
import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PlaintextGuardTest {

  private final Map<String, String> properties =
      new HashMap<>(
          Map.of("quarkus.http.host", "127.0.0.1", "quarkus.grpc.server.host", "localhost"));

  private PlaintextGuard guard() {
    return new PlaintextGuard(
        new SmallRyeConfigBuilder()
            .withSources(new PropertiesConfigSource(properties, "test", 100))
            .build());
  }

  @Test
  void loopbackMayBePlain() {
    properties.put("quarkus.grpc.clients.budget.host", "127.0.0.1");
    assertThat(guard().exposed()).isEmpty();
  }

  @Test
  void defaultsOfTheFrameworkAreRefused() {
    properties.clear();
    assertThat(guard().exposed()).hasSize(2);
    assertThatThrownBy(() -> guard().onStart(new StartupEvent()))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("quarkus.http.host=0.0.0.0")
        .hasMessageContaining("octomil.insecure.allow-plaintext");
  }

  @Test
  void plainHttpBesideTlsIsStillPlain() {
    properties.put("quarkus.http.host", "0.0.0.0");
    properties.put("quarkus.http.tls-configuration-name", "server");
    assertThat(guard().exposed()).hasSize(1);
    properties.put("quarkus.http.insecure-requests", "disabled");
    assertThat(guard().exposed()).isEmpty();
  }

  @Test
  void theSeparateServerNeedsItsOwnCertificate() {
    properties.put("quarkus.grpc.server.host", "0.0.0.0");
    assertThat(guard().exposed()).singleElement().asString().contains("quarkus.grpc.server.host");
    // The separate server does not read this key.
    properties.put("quarkus.grpc.server.tls-configuration-name", "server");
    assertThat(guard().exposed()).hasSize(1);
    properties.put("quarkus.grpc.server.ssl.certificate", "tls.crt");
    assertThat(guard().exposed()).isEmpty();
    properties.remove("quarkus.grpc.server.ssl.certificate");
    properties.put("quarkus.grpc.server.ssl.key-store", "keystore.p12");
    assertThat(guard().exposed()).isEmpty();
  }

  @Test
  void theSharedServerIsTheHttpListener() {
    properties.put("quarkus.grpc.server.use-separate-server", "false");
    properties.put("quarkus.grpc.server.host", "0.0.0.0");
    assertThat(guard().exposed()).isEmpty();
  }

  @Test
  void theDatabaseNeedsTlsInBothClients() {
    properties.put("octomil.database.host", "192.0.2.7");
    assertThat(guard().exposed()).singleElement().asString().contains("octomil.database.host");
    properties.put("quarkus.datasource.reactive.postgresql.ssl-mode", "verify-full");
    assertThat(guard().exposed()).hasSize(1);
    properties.put("quarkus.datasource.jdbc.additional-jdbc-properties.sslmode", "verify-full");
    assertThat(guard().exposed()).isEmpty();
  }

  @Test
  void theCertificateOfTheServiceServesBothDirections() {
    properties.put("quarkus.grpc.server.host", "0.0.0.0");
    properties.put("quarkus.grpc.clients.budget.host", "192.0.2.7");
    assertThat(guard().exposed()).hasSize(2);
    properties.put("octomil.tls.certificate-file", "tls.crt");
    assertThat(guard().exposed()).isEmpty();
  }

  @Test
  void clientsNeedTlsToo() {
    properties.put("quarkus.grpc.clients.budget.host", "0.0.0.0");
    assertThat(guard().exposed()).singleElement().asString().contains("budget");
    // The client stays in plaintext when it has only this key.
    properties.put("quarkus.grpc.clients.budget.tls-configuration-name", "internal");
    assertThat(guard().exposed()).hasSize(1);
    properties.put("quarkus.grpc.clients.budget.ssl.trust-store", "ca.crt");
    assertThat(guard().exposed()).isEmpty();
  }

  @Test
  void clientsAreToldExplicitly() {
    properties.put("quarkus.grpc.clients.budget.host", "0.0.0.0");
    properties.put("quarkus.grpc.clients.budget.plain-text", "false");
    assertThat(guard().exposed()).isEmpty();
    properties.put("quarkus.grpc.clients.budget.negotiation-type", "PLAINTEXT");
    assertThat(guard().exposed()).hasSize(1);
    properties.remove("quarkus.grpc.clients.budget.negotiation-type");
    properties.put("quarkus.grpc.clients.budget.ssl.trust-store", "ca.crt");
    properties.put("quarkus.grpc.clients.budget.plain-text", "true");
    assertThat(guard().exposed()).hasSize(1);
  }

  @Test
  void tracesNeedTlsOnceTheyAreSent() {
    properties.put("quarkus.otel.exporter.otlp.endpoint", "http://0.0.0.0:4317");
    assertThat(guard().exposed()).isEmpty();
    properties.put("octomil.tracing.enabled", "true");
    assertThat(guard().exposed()).singleElement().asString().contains("http://0.0.0.0:4317");
    properties.put("quarkus.otel.exporter.otlp.traces.endpoint", "https://0.0.0.0:4317");
    assertThat(guard().exposed()).isEmpty();
    properties.put("quarkus.otel.exporter.otlp.traces.endpoint", "http://127.0.0.1:4317");
    assertThat(guard().exposed()).isEmpty();
  }

  @Test
  void theSwitchLetsItStart() {
    properties.put("quarkus.grpc.server.host", "0.0.0.0");
    properties.put("octomil.insecure.allow-plaintext", "true");
    assertThatCode(() -> guard().onStart(new StartupEvent())).doesNotThrowAnyException();
  }
}
