package com.octomil.privacy.budget.store;

import com.octomil.privacy.budget.domain.ApiKey;
import com.octomil.privacy.budget.domain.ApiKeySecret;
import com.octomil.privacy.budget.domain.ConfiguredVersion.Change;
import com.octomil.privacy.budget.domain.FederationName;
import com.octomil.privacy.budget.domain.KeyScope;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Instant;
import java.util.Arrays;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Row of {@code budget.api_key}. */
@Entity
@Table(schema = "budget", name = "api_key")
@SuppressWarnings("NullAway.Init") // Hibernate sets the fields.
class ApiKeyEntity {

  @Id
  @Column(name = "id")
  UUID id;

  @Column(name = "sha256")
  byte[] sha256;

  @Column(name = "name", updatable = false)
  String name;

  @Column(name = "scopes", updatable = false)
  String[] scopes;

  @Column(name = "federation", updatable = false)
  @Nullable String federation;

  @Column(name = "bootstrap", updatable = false)
  boolean bootstrap;

  @Column(name = "created_at", updatable = false)
  Instant createdAt;

  @Column(name = "created_by", updatable = false)
  String createdBy;

  @Column(name = "revoked_at")
  @Nullable Instant revokedAt;

  @Column(name = "revoked_by")
  @Nullable String revokedBy;

  @Column(name = "rotated_at")
  @Nullable Instant rotatedAt;

  protected ApiKeyEntity() {}

  ApiKeyEntity(ApiKey key, ApiKeySecret secret, boolean bootstrap) {
    this.id = key.id();
    this.sha256 = secret.sha256();
    this.name = key.name();
    this.scopes = key.scopes().stream().map(Enum::name).sorted().toArray(String[]::new);
    this.federation = key.federation().map(FederationName::value).orElse(null);
    this.bootstrap = bootstrap;
    this.createdAt = key.created().at();
    this.createdBy = key.created().by();
  }

  ApiKey toDomain() {
    Optional<Change> revoked =
        revokedAt == null || revokedBy == null
            ? Optional.empty()
            : Optional.of(new Change(revokedBy, revokedAt));
    return new ApiKey(
        id,
        name,
        Arrays.stream(scopes).map(KeyScope::valueOf).collect(Collectors.toSet()),
        Optional.ofNullable(federation).map(FederationName::new),
        new Change(createdBy, createdAt),
        revoked,
        Optional.ofNullable(rotatedAt));
  }
}
