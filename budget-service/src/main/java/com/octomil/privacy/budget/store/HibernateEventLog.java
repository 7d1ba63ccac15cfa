package com.octomil.privacy.budget.store;

import com.octomil.privacy.budget.domain.EventKind;
import com.octomil.privacy.budget.domain.EventLog;
import com.octomil.privacy.budget.domain.EventRecord;
import com.octomil.privacy.budget.domain.FederationName;
import io.quarkus.panache.common.Parameters;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;
import java.util.Optional;

/** Events in PostgreSQL, for reading: they are written where they happen. */
@ApplicationScoped
class HibernateEventLog implements EventLog {

  private final EventRepository events;

  HibernateEventLog(EventRepository events) {
    this.events = events;
  }

  @Override
  public List<EventRecord> page(
      Optional<FederationName> federation, Optional<EventKind> kind, long after, int limit) {
    StringBuilder query = new StringBuilder("sequence > :after");
    Parameters parameters = Parameters.with("after", after);
    if (federation.isPresent()) {
      query.append(" and federation = :federation");
      parameters = parameters.and("federation", federation.get().value());
    }
    if (kind.isPresent()) {
      query.append(" and kind = :kind");
      parameters = parameters.and("kind", kind.get());
    }
    String where = query.append(" order by sequence").toString();
    Parameters bound = parameters;
    return Reactive.inTransaction(() ->
        events
            .find(where, bound)
            .page(0, limit)
            .list()
            .map(found -> found.stream().map(EventEntity::toDomain).toList()));
  }
}
