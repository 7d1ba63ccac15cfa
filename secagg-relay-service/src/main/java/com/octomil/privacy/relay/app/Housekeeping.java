package com.octomil.privacy.relay.app;

import com.octomil.privacy.relay.domain.RelayStore;
import io.quarkus.scheduler.Scheduled;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import org.jboss.logging.Logger;

/** Removes what nobody can use any more. Several replicas may do it at once. */
@Singleton
public class Housekeeping {

  private static final Logger LOG = Logger.getLogger(Housekeeping.class);

  // An operator who wonders why a code fails finds it for a while.
  private static final Duration KEEP_EXPIRED_CODES = Duration.ofDays(7);

  private final RelayStore store;
  private final Clock clock;

  Housekeeping(RelayStore store, Clock clock) {
    this.store = store;
    this.clock = clock;
  }

  /** Removes enrolment codes, used or not, a week after they expired. */
  @Scheduled(every = "1h", delayed = "1m", concurrentExecution = Scheduled.ConcurrentExecution.SKIP)
  public void purgeCodes() {
    Instant limit = clock.instant().minus(KEEP_EXPIRED_CODES);
    int purged =
        store.inTransaction(
            "purge-enrollment-codes", records -> records.devices().purgeCodes(limit));
    LOG.debugf("removed %d expired enrolment codes", purged);
  }
}
