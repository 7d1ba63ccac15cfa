package com.octomil.privacy.device;

import com.octomil.privacy.device.transport.Bytes;
import com.octomil.privacy.device.transport.Reply;
import com.octomil.privacy.device.transport.Step;
import com.octomil.privacy.device.transport.TransportException;
import com.octomil.privacy.device.transport.TransportException.Kind;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Makes one call of a round until it is answered, the phase is over or the call cannot succeed.
 * Calls that failed for a passing reason are repeated with a growing, randomised delay.
 */
final class PhaseCalls {

  private static final Duration LONGEST_WAIT = Duration.ofSeconds(20);
  private static final Duration SHORTEST_PAUSE = Duration.ofMillis(20);
  private static final Duration FIRST_BACKOFF = Duration.ofMillis(100);
  private static final Duration LONGEST_BACKOFF = Duration.ofSeconds(5);

  private final Clock clock;
  private final Pause pause;
  private final SecureRandom random;
  private final Duration clockTolerance;

  PhaseCalls(Clock clock, Pause pause, SecureRandom random, Duration clockTolerance) {
    this.clock = clock;
    this.pause = pause;
    this.random = random;
    this.clockTolerance = clockTolerance;
  }

  /**
   * Calls until the answer is ready.
   *
   * @param deadline of the phase by the server's clock; the device goes on for its clock tolerance
   * @param call takes how long the server may hold it
   * @throws RoundEnded if the device is late or the round was aborted
   * @throws Refusal if the answer is malformed
   * @throws TransportException if the server rejects the call, or cannot be reached until the
   *     deadline
   */
  <T> T untilReady(Bytes roundId, Step step, Instant deadline, Function<Duration, Reply<T>> call)
      throws RoundEnded, Refusal, InterruptedException {
    Reply<T> reply = repeat(deadline, call);
    if (reply instanceof Reply.Ready<T> ready) {
      return ready.value();
    } else if (reply instanceof Reply.Aborted<T> aborted) {
      throw new RoundEnded(
          new Participation.RoundAborted(roundId, aborted.reason(), aborted.detail()));
    }
    throw new RoundEnded(new Participation.Late(roundId, step));
  }

  /** As {@link #untilReady}, for calls whose answer says nothing more. */
  <T> void untilAccepted(Bytes roundId, Step step, Instant deadline, Supplier<Reply<T>> call)
      throws RoundEnded, Refusal, InterruptedException {
    T unused = untilReady(roundId, step, deadline, wait -> call.get());
  }

  private <T> Reply<T> repeat(Instant deadline, Function<Duration, Reply<T>> call)
      throws Refusal, InterruptedException {
    while (true) {
      Reply<T> reply = attempt(deadline, call);
      if (!(reply instanceof Reply.Pending<T> pending)) {
        return reply;
      }
      Duration left = left(deadline);
      if (left.isZero()) {
        return reply;
      }
      pause.sleep(shorter(longer(pending.retryAfter(), SHORTEST_PAUSE), left));
    }
  }

  /** Calls until there is an answer, whatever it is. */
  <T> T attempt(Instant deadline, Function<Duration, T> call) throws Refusal, InterruptedException {
    Duration backoff = FIRST_BACKOFF;
    while (true) {
      try {
        return call.apply(shorter(left(deadline), LONGEST_WAIT));
      } catch (TransportException e) {
        if (e.kind() == Kind.MALFORMED_ANSWER) {
          throw new Refusal(RefusalReason.MALFORMED_ANSWER, String.valueOf(e.getMessage()));
        }
        Duration left = left(deadline);
        if (e.kind() != Kind.RETRYABLE || left.isZero()) {
          throw e;
        }
        // Half fixed, half random, so that a fleet that lost its server does not come back in one
        // wave.
        long half = backoff.toMillis() / 2;
        Duration jittered = Duration.ofMillis(half + random.nextInt((int) half + 1));
        pause.sleep(shorter(longer(jittered, e.retryAfter().orElse(Duration.ZERO)), left));
        backoff = shorter(backoff.multipliedBy(2), LONGEST_BACKOFF);
      }
    }
  }

  /** Waits a moment; returns false, without waiting, once the deadline has passed. */
  boolean pauseBefore(Instant deadline) throws InterruptedException {
    if (left(deadline).isZero()) {
      return false;
    }
    pause.sleep(SHORTEST_PAUSE);
    return true;
  }

  private Duration left(Instant deadline) {
    Duration left = Duration.between(clock.instant(), deadline.plus(clockTolerance));
    return left.isNegative() ? Duration.ZERO : left;
  }

  private static Duration shorter(Duration a, Duration b) {
    return a.compareTo(b) < 0 ? a : b;
  }

  private static Duration longer(Duration a, Duration b) {
    return a.compareTo(b) > 0 ? a : b;
  }
}
