package com.octomil.privacy.kit.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class AuthenticationFailuresTest {

  private static final String HERE = "192.0.2.1";
  private static final Optional<String> SOME_KEY = Optional.of("edg_some");

  private Instant now = Instant.parse("2026-01-01T00:00:00Z");
  private final SimpleMeterRegistry metrics = new SimpleMeterRegistry();
  private final AuthenticationFailures failures =
      new AuthenticationFailures(clock(), metrics, 3, 6);

  private Clock clock() {
    InstantSource source = () -> now;
    return source.withZone(ZoneOffset.UTC);
  }

  private void fail(String address, int times) {
    for (int i = 0; i < times; i++) {
      failures.failed(address);
    }
  }

  @Test
  void afterTheBurstAnAddressWaits() {
    fail(HERE, 2);
    assertThat(failures.wait(HERE, SOME_KEY)).isEmpty();
    fail(HERE, 1);
    // Six a minute: the next one in ten seconds.
    assertThat(failures.wait(HERE, SOME_KEY)).contains(Duration.ofSeconds(10));
    assertThat(failures.wait(HERE, Optional.empty())).contains(Duration.ofSeconds(10));
    assertThat(failures.wait("192.0.2.2", SOME_KEY)).isEmpty();
    now = now.plusSeconds(4);
    assertThat(failures.wait(HERE, SOME_KEY)).contains(Duration.ofSeconds(6));
    now = now.plusSeconds(6);
    assertThat(failures.wait(HERE, SOME_KEY)).isEmpty();
    fail(HERE, 1);
    assertThat(failures.wait(HERE, SOME_KEY)).isPresent();
    assertThat(metrics.counter("octomil.auth.failures", "outcome", "refused").count()).isEqualTo(4);
    assertThat(metrics.counter("octomil.auth.failures", "outcome", "limited").count()).isEqualTo(4);
  }

  @Test
  void theBucketNeverHoldsMoreThanTheBurst() {
    fail(HERE, 1);
    now = now.plus(Duration.ofDays(1));
    fail(HERE, 3);
    assertThat(failures.wait(HERE, SOME_KEY)).isPresent();
  }

  @Test
  void aKeyThatWasGoodIsStillLookedUp() {
    failures.succeeded("edg_good");
    fail(HERE, 3);
    assertThat(failures.wait(HERE, Optional.of("edg_good"))).isEmpty();
    assertThat(failures.wait(HERE, Optional.of("edg_other"))).isPresent();
    now = now.plus(AuthenticationFailures.GOOD_FOR);
    fail(HERE, 1000);
    assertThat(failures.wait(HERE, Optional.of("edg_good"))).isPresent();
  }

  @Test
  void memoryIsBounded() {
    fail(HERE, 3);
    for (int i = 0; i < AuthenticationFailures.MAX_SOURCES; i++) {
      failures.failed("10." + (i >> 16) + "." + (i >> 8 & 255) + "." + (i & 255));
    }
    // Forgotten, being the one that failed longest ago.
    assertThat(failures.wait(HERE, SOME_KEY)).isEmpty();
  }

  @Test
  void aNetworkOfIpv6IsOneSource() {
    fail("2001:db8:1:2::1", 3);
    assertThat(failures.wait("2001:db8:1:2:ffff::9", SOME_KEY)).isPresent();
    assertThat(failures.wait("2001:db8:1:3::1", SOME_KEY)).isEmpty();
    assertThat(AuthenticationFailures.source("::ffff:192.0.2.1")).isEqualTo("192.0.2.1");
    assertThat(AuthenticationFailures.source("no:address")).isEqualTo("unknown");
  }

  @Test
  void impossibleLimitsStopTheStart() {
    assertThatThrownBy(() -> new AuthenticationFailures(clock(), metrics, 0, 6))
        .hasMessageContaining("octomil.auth.failures.burst is 0");
  }
}
