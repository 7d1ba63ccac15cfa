package com.octomil.privacy.budget.store;

import com.octomil.privacy.budget.domain.Allocation;
import com.octomil.privacy.budget.domain.ConfigurationTag;
import com.octomil.privacy.budget.domain.ConfiguredVersion.Change;
import jakarta.persistence.AttributeOverride;
import jakarta.persistence.Column;
import jakarta.persistence.EmbeddedId;
import jakarta.persistence.Entity;
import jakarta.persistence.Table;
import java.math.BigDecimal;
import java.time.Instant;
import org.hibernate.annotations.Immutable;

/** Row of {@code budget.allocation}; never altered once written. */
@Entity
@Immutable
@Table(schema = "budget", name = "allocation")
@SuppressWarnings("NullAway.Init") // Hibernate sets the fields.
class AllocationEntity {

  @EmbeddedId
  @AttributeOverride(name = "number", column = @Column(name = "configuration"))
  ConfigurationId id;

  @Column(name = "epsilon")
  BigDecimal epsilon;

  @Column(name = "reason")
  String reason;

  @Column(name = "allocated_at")
  Instant allocatedAt;

  @Column(name = "allocated_by")
  String allocatedBy;

  protected AllocationEntity() {}

  AllocationEntity(ConfigurationId id, BigDecimal epsilon, String reason, Change change) {
    this.id = id;
    this.epsilon = epsilon;
    this.reason = reason;
    this.allocatedAt = change.at();
    this.allocatedBy = change.by();
  }

  Allocation toDomain() {
    return new Allocation(
        new ConfigurationTag(id.version(), id.number()),
        epsilon,
        reason,
        new Change(allocatedBy, allocatedAt));
  }
}
