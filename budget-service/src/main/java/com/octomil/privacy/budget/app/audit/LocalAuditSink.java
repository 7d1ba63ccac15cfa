package com.octomil.privacy.budget.app.audit;

import com.octomil.privacy.budget.domain.audit.AuditEvents;
import com.octomil.privacy.budget.domain.audit.AuditStore;
import com.octomil.privacy.kit.audit.AuditBatch;
import com.octomil.privacy.kit.audit.AuditSink;
import com.octomil.privacy.kit.audit.AuditSource;
import com.octomil.privacy.kit.region.ServiceRegion;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.jboss.logging.Logger;

/** This service keeps the log, so its own events need no network. */
@ApplicationScoped
class LocalAuditSink implements AuditSink {

  private static final Logger LOG = Logger.getLogger(LocalAuditSink.class);

  private final AuditStore store;
  private final ServiceRegion region;
  private final AuditKeys keys;
  private final MeterRegistry metrics;
  private final Clock clock;

  LocalAuditSink(
      AuditStore store, ServiceRegion region, AuditKeys keys, MeterRegistry metrics, Clock clock) {
    this.store = store;
    this.keys = keys;
    this.metrics = metrics;
    this.region = region;
    this.clock = clock;
  }

  @Produces
  @Singleton
  static AuditSource source() {
    return new AuditSource("budget", "budget");
  }

  @Override
  public void deliver(AuditBatch batch) {
    List<String> broken =
        store.append(
            new AuditEvents(
                batch.service(),
                batch.source(),
                region.name(),
                batch.events().stream()
                    .map(event ->
                        new AuditEvents.Reported(
                            event.federation(),
                            event.number(),
                            event.type(),
                            event.actor(),
                            event.at(),
                            event.data()))
                    .toList()),
            keys,
            clock.instant().truncatedTo(ChronoUnit.MICROS));
    broken.forEach(federation -> {
      metrics.counter("octomil.audit.chain.broken").increment();
      LOG.errorf("the audit log of '%s' has been changed by somebody else", federation);
    });
  }
}
