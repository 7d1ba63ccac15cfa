package com.octomil.privacy.aggregator.health;

import com.octomil.privacy.aggregator.config.AggregatorConfig;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Refuses to start with settings under which rounds could not run. */
@ApplicationScoped
class StartupChecks {
  private final AggregatorConfig config;

  StartupChecks(AggregatorConfig config) {
    this.config = config;
  }

  void onStart(@Observes StartupEvent event) {
    List<String> defects = defects(config);
    if (!defects.isEmpty()) {
      throw new IllegalStateException(String.join("; ", defects));
    }
  }

  static List<String> defects(AggregatorConfig config) {
    List<String> defects = new ArrayList<>();
    if (config.uploadBytesInFlight() < config.maxModelBytes()) {
      defects.add(
          "octomil.aggregator.upload-bytes-in-flight is "
              + config.uploadBytesInFlight()
              + "; it must be at least octomil.aggregator.max-model-bytes, "
              + config.maxModelBytes());
    }
    positive(defects, "phase-timeout", config.phaseTimeout());
    positive(defects, "reveal-grace", config.revealGrace());
    positive(defects, "peer-patience", config.peerPatience());
    positive(defects, "peer-deadline", config.peerDeadline());
    if (config.lease().compareTo(Duration.ofSeconds(2)) < 0) {
      defects.add(
          "octomil.aggregator.lease is "
              + config.lease()
              + "; it must be at least PT2S, as it is renewed every second");
    }
    return defects;
  }

  private static void positive(List<String> defects, String name, Duration value) {
    if (value.isNegative() || value.isZero()) {
      defects.add("octomil.aggregator." + name + " is " + value + "; it must be longer than zero");
    }
  }
}
