package com.octomil.privacy.budget.store;

import com.octomil.privacy.budget.domain.ConfiguredVersion.Change;
import com.octomil.privacy.budget.domain.FederationName;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Instant;

/** Row of {@code budget.federation}. */
@Entity
@Table(schema = "budget", name = "federation")
@SuppressWarnings("NullAway.Init") // Hibernate sets the fields.
class FederationEntity {

  @Id
  @Column(name = "name")
  String name;

  @Column(name = "current_version")
  int currentVersion;

  @Column(name = "revision")
  long revision;

  @Column(name = "created_at")
  Instant createdAt;

  @Column(name = "created_by")
  String createdBy;

  protected FederationEntity() {}

  FederationEntity(FederationName name, Change change) {
    this.name = name.value();
    this.currentVersion = 1;
    this.revision = 1;
    this.createdAt = change.at();
    this.createdBy = change.by();
  }
}
