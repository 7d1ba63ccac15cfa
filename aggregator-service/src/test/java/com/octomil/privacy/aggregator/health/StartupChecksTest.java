package com.octomil.privacy.aggregator.health;

import static org.assertj.core.api.Assertions.assertThat;

import com.octomil.privacy.aggregator.config.AggregatorConfig;
import io.quarkus.runtime.configuration.DurationConverter;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StartupChecksTest {
  private static List<String> defects(String name, String value) {
    return StartupChecks.defects(
        new SmallRyeConfigBuilder()
            .withMapping(AggregatorConfig.class)
            // As in Quarkus: "60s" is a duration.
            .withConverter(Duration.class, 200, new DurationConverter())
            .withDefaultValue("octomil.aggregator." + name, value)
            .build()
            .getConfigMapping(AggregatorConfig.class));
  }

  @Test
  void theDefaultsAreGood() {
    assertThat(defects("max-jobs", "3")).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "upload-bytes-in-flight, 67108863",
    "phase-timeout, 0s",
    "reveal-grace, PT-1S",
    "peer-patience, 0s",
    "peer-deadline, 0s",
    "lease, 1s"
  })
  void aBadSettingIsNamed(String name, String value) {
    assertThat(defects(name, value))
        .singleElement()
        .asString()
        .contains("octomil.aggregator." + name);
  }
}
