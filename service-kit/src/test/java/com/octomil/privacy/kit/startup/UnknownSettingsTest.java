package com.octomil.privacy.kit.startup;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class UnknownSettingsTest {

  private static final Set<String> KNOWN = Set.of("octomil.region", "octomil.relay.watch-interval");

  @Test
  void mistypedNamesAreFound() {
    assertThat(
            UnknownSettings.unknown(
                List.of(
                    "octomil.region",
                    "octomil.relay.wach-interval",
                    "OCTOMIL_RELAY_WATCH_INTERVAL",
                    "OCTOMIL_RELAY_WACH_INTERVAL",
                    "OCTOMIL_REGIO"),
                KNOWN))
        .containsExactly(
            "OCTOMIL_REGIO", "OCTOMIL_RELAY_WACH_INTERVAL", "octomil.relay.wach-interval");
  }

  @Test
  void variablesThatAppearAsPropertiesAreKnown() {
    assertThat(UnknownSettings.unknown(List.of("octomil.relay.watch.interval"), KNOWN)).isEmpty();
  }

  @Test
  void namesOfOthersAreNoConcern() {
    assertThat(
            UnknownSettings.unknown(
                List.of("quarkus.http.port", "PATH", "octomilitary", "OCTO", "%dev.octomil.x"),
                KNOWN))
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
