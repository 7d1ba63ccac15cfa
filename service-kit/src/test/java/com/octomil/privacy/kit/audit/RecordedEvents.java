package com.octomil.privacy.kit.audit;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.util.ArrayList;
import java.util.List;

/** A log that the tests can look into and make fail. */
@ApplicationScoped
public class RecordedEvents implements AuditSink {

  private final List<AuditBatch.Numbered> events = new ArrayList<>();
  private boolean down;

  @Produces
  @Singleton
  static AuditSource source() {
    return new AuditSource("kit", "kit");
  }

  @Override
  public synchronized void deliver(AuditBatch batch) {
    if (down) {
      throw new IllegalStateException("down");
    }
    events.addAll(batch.events());
  }

  synchronized void setDown(boolean down) {
    this.down = down;
  }

  synchronized List<AuditBatch.Numbered> events() {
    return List.copyOf(events);
  }
}
