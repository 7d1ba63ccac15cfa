package com.octomil.privacy.cli.stack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StackTest {

  @TempDir private Path home;

  @Test
  void namesTheJarsThatAreMissing() {
    assertThatThrownBy(() -> Stack.start(StackOptions.in(home)))
        .isInstanceOf(StackException.class)
        .hasMessageContaining("the services are not built")
        .hasMessageContaining(
            home.resolve("aggregator-service/target/quarkus-app/quarkus-run.jar").toString());
  }

  @Test
  void portsAreDistinct() throws Exception {
    List<Integer> ports = FreePorts.find(9);

    assertThat(new HashSet<>(ports)).hasSize(9);
    assertThat(ports).allMatch(port -> port > 0 && port < 65_536);
  }

  @Test
  void endpointsDoNotPrintTheKey() {
    Endpoints endpoints = new Endpoints("a", "b", "c", "d", "e", "f", "edg_secret");

    assertThat(endpoints.toString()).doesNotContain("edg_secret");
  }
}
