package com.octomil.privacy.kit.startup;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class UnknownSettingsTest {

  private static final Set<String> KNOWN = Set.of("octomil.region", "octomil.relay.watch-interval");

  @Test
  void mistypedVariablesAreFound() {
    assertThat(
            UnknownSettings.unknown(
                List.of(
                    "OCTOMIL_REGION",
                    "OCTOMIL_RELAY_WATCH_INTERVAL",
                    "OCTOMIL_RELAY_WACH_INTERVAL",
                    "OCTOMIL_REGIO"),
                KNOWN))
        .containsExactly("OCTOMIL_REGIO", "OCTOMIL_RELAY_WACH_INTERVAL");
  }

  @Test
  void variablesOfOthersAreNoConcern() {
    assertThat(UnknownSettings.unknown(List.of("QUARKUS_HTTP_PORT", "PATH", "OCTO"), KNOWN))
        .isEmpty();
  }

  @Test
  void everyServiceHasItsOwn() {
    assertThat(UnknownSettings.known("secagg-relay-service"))
        .contains("octomil.region", "octomil.relay.watch-interval")
        .doesNotContain("octomil.aggregator.lease");
    assertThat(UnknownSettings.known("aggregator-service"))
        .contains("octomil.aggregator.lease", "octomil.tls.key-file")
        .doesNotContain("octomil.relay.watch-interval");
  }
}
