package com.octomil.privacy.aggregator.app;

import com.octomil.privacy.aggregator.config.AggregatorConfig;
import com.octomil.privacy.aggregator.domain.AbortReason;
import com.octomil.privacy.kit.error.ErrorCode;
import com.octomil.privacy.kit.error.ServiceException;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Clock;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Patience with peers and the database that are out of reach for a while: a restart must not cost a
 * round.
 */
@ApplicationScoped
class Peers {
  private static final long MAX_PAUSE_MILLIS = 2000;

  private final AggregatorConfig config;
  private final Clock clock;

  Peers(AggregatorConfig config, Clock clock) {
    this.config = config;
    this.clock = clock;
  }

  /**
   * Repeats an idempotent call while it fails in a retryable way, at most for the configured
   * patience.
   */
  <T> T patiently(JobControl control, Supplier<T> call) {
    return patiently(control, clock.instant().plus(config.peerPatience()), call);
  }

  /** The same until an instant. */
  <T> T patiently(JobControl control, Instant until, Supplier<T> call) {
    long pause = 100;
    while (true) {
      control.check();
      try {
        return call.get();
      } catch (ServiceException e) {
        if (!worthRetrying(e) || !clock.instant().isBefore(until)) {
          throw e;
        }
      }
      pause(control, pause);
      pause = Math.min(2 * pause, MAX_PAUSE_MILLIS);
    }
  }

  /** As {@link #patiently(JobControl, Supplier)}; whatever the peer refuses aborts the round. */
  <T> T orAbort(JobControl control, Supplier<T> call) {
    return orAbort(control, clock.instant().plus(config.peerPatience()), call);
  }

  /** The same until an instant. */
  <T> T orAbort(JobControl control, Instant until, Supplier<T> call) {
    try {
      return patiently(control, until, call);
    } catch (ServiceException e) {
      control.check();
      throw new RoundAborted(AbortReason.INTERNAL, e.detail());
    }
  }

  void pause(JobControl control, long millis) {
    try {
      TimeUnit.MILLISECONDS.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      control.check();
    }
  }

  // An unknown outcome may be repeated here, because every call is idempotent.
  static boolean worthRetrying(ServiceException e) {
    return e.code().retryable() || e.code() == ErrorCode.OUTCOME_UNKNOWN;
  }
}
