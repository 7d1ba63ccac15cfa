package com.octomil.privacy.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.octomil.privacy.device.transport.Bytes;
import com.octomil.privacy.device.transport.Reply;
import com.octomil.privacy.device.transport.Step;
import com.octomil.privacy.device.transport.TransportException;
import com.octomil.privacy.device.transport.TransportException.Kind;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Repetition and deadlines on a clock that only moves when the device waits. */
class PhaseCallsTest {

  private static final Instant START = Instant.parse("2026-03-01T12:00:00Z");
  private static final Instant DEADLINE = START.plusSeconds(60);
  private static final Bytes ROUND = Bytes.of(new byte[] {1});

  private final List<Duration> pauses = new ArrayList<>();
  private Instant now = START;

  private final Clock clock =
      new Clock() {
        @Override
        public ZoneId getZone() {
          return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
          return this;
        }

        @Override
        public Instant instant() {
          return now;
        }
      };

  private final PhaseCalls calls =
      new PhaseCalls(
          clock,
          duration -> {
            pauses.add(duration);
            now = now.plus(duration);
          },
          new SecureRandom(),
          Duration.ofSeconds(5));

  private static TransportException failure(Kind kind, Optional<Duration> retryAfter) {
    return new TransportException(Step.UPLOAD, kind, "for the test", retryAfter, null);
  }

  @Test
  void asksAgainWhilePendingAndTellsTheServerHowLongItMayHoldTheCall() throws Exception {
    List<Duration> waits = new ArrayList<>();
    String answer =
        calls.untilReady(
            ROUND,
            Step.GET_ROSTER,
            DEADLINE,
            wait -> {
              waits.add(wait);
              return waits.size() < 4
                  ? new Reply.Pending<>(Duration.ofSeconds(19))
                  : new Reply.Ready<>("here");
            });
    assertThat(answer).isEqualTo("here");
    assertThat(pauses).containsOnly(Duration.ofSeconds(19));
    assertThat(waits)
        .containsExactly(
            Duration.ofSeconds(20),
            Duration.ofSeconds(20),
            Duration.ofSeconds(20),
            Duration.ofSeconds(8));
  }

  @Test
  void isLateWhenThePhaseIsOver() {
    assertThatThrownBy(() ->
            calls.untilReady(
                ROUND,
                Step.GET_SHARES,
                DEADLINE,
                wait -> new Reply.Pending<>(Duration.ofSeconds(30))))
        .isInstanceOfSatisfying(
            RoundEnded.class,
            ended ->
                assertThat(ended.outcome())
                    .isEqualTo(new Participation.Late(ROUND, Step.GET_SHARES)));
    assertThat(now).isEqualTo(DEADLINE.plusSeconds(5));
  }

  @Test
  void backsOffAfterPassingFailuresAndHeedsTheServersWish() throws Exception {
    List<TransportException> failures =
        new ArrayList<>(
            List.of(
                failure(Kind.RETRYABLE, Optional.empty()),
                failure(Kind.RETRYABLE, Optional.empty()),
                failure(Kind.RETRYABLE, Optional.of(Duration.ofSeconds(7)))));
    String answer =
        calls.attempt(
            DEADLINE,
            wait -> {
              if (!failures.isEmpty()) {
                throw failures.remove(0);
              }
              return "here";
            });
    assertThat(answer).isEqualTo("here");
    assertThat(pauses).hasSize(3);
    assertThat(pauses.get(0)).isBetween(Duration.ofMillis(50), Duration.ofMillis(100));
    assertThat(pauses.get(1)).isBetween(Duration.ofMillis(100), Duration.ofMillis(200));
    assertThat(pauses.get(2)).isEqualTo(Duration.ofSeconds(7));
  }

  @Test
  void givesUpAtTheDeadline() {
    assertThatThrownBy(() ->
            calls.attempt(
                DEADLINE,
                wait -> {
                  throw failure(Kind.RETRYABLE, Optional.empty());
                }))
        .isInstanceOf(TransportException.class);
    assertThat(now).isEqualTo(DEADLINE.plusSeconds(5));
  }

  @Test
  void neverRepeatsWhatTheServerRejects() {
    List<Integer> attempts = new ArrayList<>();
    assertThatThrownBy(() ->
            calls.attempt(
                DEADLINE,
                wait -> {
                  attempts.add(1);
                  throw failure(Kind.REJECTED, Optional.empty());
                }))
        .isInstanceOf(TransportException.class);
    assertThat(attempts).hasSize(1);
    assertThat(pauses).isEmpty();
  }
}
