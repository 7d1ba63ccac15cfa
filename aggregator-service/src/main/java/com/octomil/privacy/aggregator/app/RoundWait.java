package com.octomil.privacy.aggregator.app;

import com.octomil.privacy.aggregator.config.AggregatorConfig;
import com.octomil.privacy.aggregator.domain.AbortReason;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.function.BooleanSupplier;

/** How a driver waits for devices: until something holds, a deadline, or its own end. */
@ApplicationScoped
class RoundWait {
  private final RoundSignals signals;
  private final AggregatorConfig config;
  private final Clock clock;

  RoundWait(RoundSignals signals, AggregatorConfig config, Clock clock) {
    this.signals = signals;
    this.config = config;
    this.clock = clock;
  }

  /** Waits until {@code done} or {@code until}. */
  void await(RoundRun run, Instant until, BooleanSupplier done) {
    while (true) {
      long seen = signals.version(run.id(), RoundSignals.Topic.PROGRESS);
      checkStopped(run.control());
      if (done.getAsBoolean() || passed(until)) {
        return;
      }
      Duration left = Duration.between(clock.instant(), until);
      Duration poll =
          config.revealGrace().compareTo(RoundDirectory.FRESH) < 0
              ? config.revealGrace()
              : RoundDirectory.FRESH;
      signals.await(
          run.id(), RoundSignals.Topic.PROGRESS, seen, left.compareTo(poll) < 0 ? left : poll);
      RoundSignals.coalesce();
    }
  }

  /** The end of a phase: its deadline, or earlier, one phase timeout from now. */
  Instant end(RoundRun run, Instant deadline) {
    Instant relative = clock.instant().plus(run.plan().phaseTimeout());
    return relative.isBefore(deadline) ? relative : deadline;
  }

  boolean passed(Instant until) {
    return !clock.instant().isBefore(until);
  }

  /** Whether something has held for the reveal grace. */
  boolean held(RoundRun run, boolean enough) {
    Instant now = clock.instant();
    return run.enoughSince(enough, now)
        .map(since -> !now.isBefore(since.plus(config.revealGrace())))
        .orElse(false);
  }

  void checkStopped(JobControl control) {
    control.check();
    if (control.inactive()) {
      throw new RoundAborted(AbortReason.CANCELLED, "The training job was cancelled.");
    }
  }
}
