package com.octomil.privacy.budget.store;

import com.octomil.privacy.budget.domain.ConfiguredVersion.Change;
import com.octomil.privacy.budget.domain.Event;
import com.octomil.privacy.budget.domain.EventKind;
import com.octomil.privacy.budget.domain.EventRecord;
import com.octomil.privacy.budget.domain.FederationName;
import io.vertx.core.json.JsonObject;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.EnumType;
import jakarta.persistence.Enumerated;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import org.hibernate.annotations.Immutable;
import org.jspecify.annotations.Nullable;

/** Row of {@code budget.event}; never altered once written. The database numbers the rows. */
@Entity
@Immutable
@Table(schema = "budget", name = "event")
@SuppressWarnings("NullAway.Init") // Hibernate sets the fields.
class EventEntity {

  @Id
  @Column(name = "id")
  UUID id;

  @Column(name = "sequence", insertable = false)
  long sequence;

  @Enumerated(EnumType.STRING)
  @Column(name = "kind")
  EventKind kind;

  @Column(name = "federation")
  @Nullable String federation;

  @Column(name = "version")
  @Nullable Integer version;

  @Column(name = "actor")
  String actor;

  @Column(name = "at")
  Instant at;

  @Column(name = "details")
  String details;

  protected EventEntity() {}

  EventEntity(Event event) {
    this.id = UUID.randomUUID();
    this.kind = event.kind();
    this.federation = event.federation().map(FederationName::value).orElse(null);
    this.version = event.version().orElse(null);
    this.actor = event.change().by();
    this.at = event.change().at();
    this.details = json(event.details());
  }

  EventRecord toDomain() {
    Map<String, String> facts = new HashMap<>();
    new JsonObject(details).forEach(entry -> facts.put(entry.getKey(), (String) entry.getValue()));
    return new EventRecord(
        sequence,
        new Event(
            kind,
            Optional.ofNullable(federation).map(FederationName::new),
            Optional.ofNullable(version),
            new Change(actor, at),
            facts));
  }

  /** A JSON object with its fields in the order of their names. */
  static String json(Map<String, String> details) {
    return new JsonObject(new TreeMap<>(details)).encode();
  }
}
