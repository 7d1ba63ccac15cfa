package com.octomil.privacy.aggregator.health;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.Test;

class AesSpeedTest {

  private final SimpleMeterRegistry metrics = new SimpleMeterRegistry();

  @Test
  void slowAesIsSaidOnceAndMeasured() {
    List<String> warnings = new ArrayList<>();
    Handler handler =
        new Handler() {
          @Override
          public void publish(LogRecord entry) {
            warnings.add(entry.getMessage());
          }

          @Override
          public void flush() {}

          @Override
          public void close() {}
        };
    Logger logger = Logger.getLogger(AesSpeed.class.getName());
    logger.addHandler(handler);
    try {
      assertThat(new AesSpeed(metrics, () -> 0.17e9, Duration.ZERO).check()).isFalse();
    } finally {
      logger.removeHandler(handler);
    }
    assertThat(warnings).hasSize(1).first().asString().contains("AES-CTR runs at");
    assertThat(metrics.get("octomil.aggregator.aes").gauge().value()).isEqualTo(0.17e9);
  }

  @Test
  void fastAesIsFineEvenIfItWasSlowAtFirst() {
    Iterator<Double> speeds = List.of(0.1e9, 0.2e9, 3.5e9).iterator();
    assertThat(new AesSpeed(metrics, speeds::next, Duration.ZERO).check()).isTrue();
    assertThat(speeds.hasNext()).isFalse();
    assertThat(metrics.get("octomil.aggregator.aes").gauge().value()).isEqualTo(3.5e9);
  }

  @Test
  void measuresSomething() {
    assertThat(AesSpeed.measure()).isGreaterThan(1e6);
  }
}
