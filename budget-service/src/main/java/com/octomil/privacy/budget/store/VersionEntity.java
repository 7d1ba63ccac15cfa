package com.octomil.privacy.budget.store;

import com.octomil.privacy.budget.domain.ConfiguredVersion.Change;
import jakarta.persistence.Column;
import jakarta.persistence.EmbeddedId;
import jakarta.persistence.Entity;
import jakarta.persistence.Table;
import java.time.Instant;

/**
 * Row of {@code budget.federation_version}. What is spent belongs to the ledger: this entity never
 * writes it.
 */
@Entity
@Table(schema = "budget", name = "federation_version")
@SuppressWarnings("NullAway.Init") // Hibernate sets the fields.
class VersionEntity {

  @EmbeddedId VersionId id;

  @Column(name = "configuration")
  int configuration;

  @Column(name = "epsilon_spent_nanos", updatable = false)
  long epsilonSpentNanos;

  @Column(name = "opened_at", updatable = false)
  Instant openedAt;

  @Column(name = "opened_by", updatable = false)
  String openedBy;

  @Column(name = "reason", updatable = false)
  String reason;

  protected VersionEntity() {}

  VersionEntity(VersionId id, int configuration, String reason, Change change) {
    this.id = id;
    this.configuration = configuration;
    this.reason = reason;
    this.openedAt = change.at();
    this.openedBy = change.by();
  }
}
