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
  void clientsNeedTlsToo() {
    properties.put("quarkus.grpc.clients.budget.host", "0.0.0.0");
    assertThat(guard().exposed()).singleElement().asString().contains("budget");
    properties.put("quarkus.grpc.clients.budget.tls-configuration-name", "internal");
    assertThat(guard().exposed()).isEmpty();
  }

  @Test
  void theSwitchLetsItStart() {
    properties.put("quarkus.grpc.server.host", "0.0.0.0");
    properties.put("octomil.insecure.allow-plaintext", "true");
    assertThatCode(() -> guard().onStart(new StartupEvent())).doesNotThrowAnyException();
  }
}
