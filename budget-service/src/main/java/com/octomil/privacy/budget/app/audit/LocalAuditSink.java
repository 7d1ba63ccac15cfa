package com.octomil.privacy.budget.app.audit;

import com.octomil.privacy.budget.domain.audit.AuditEvents;
import com.octomil.privacy.budget.domain.audit.AuditStore;
import com.octomil.privacy.kit.audit.AuditBatch;
import com.octomil.privacy.kit.audit.AuditSink;
import com.octomil.privacy.kit.audit.AuditSource;
import com.octomil.privacy.kit.region.ServiceRegion;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.temporal.ChronoUnit;

/** This service keeps the log, so its own events need no network. */
@ApplicationScoped
class LocalAuditSink implements AuditSink {

  private final AuditStore store;
  private final ServiceRegion region;
  private final Clock clock;

  LocalAuditSink(AuditStore store, ServiceRegion region, Clock clock) {
    this.store = store;
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
        clock.instant().truncatedTo(ChronoUnit.MICROS));
  }
}
