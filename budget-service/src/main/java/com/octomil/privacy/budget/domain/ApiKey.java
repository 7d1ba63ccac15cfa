package com.octomil.privacy.budget.domain;

import com.octomil.privacy.budget.domain.ConfiguredVersion.Change;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/**
 * An API key without its secret.
 *
 * @param id public identifier
 * @param name what its maker calls it
 * @param scopes what it may do; never empty
 * @param federation the only federation it is good for; empty: all
 * @param created by whom and when
 * @param revoked by whom and when; empty: still good
 * @param rotatedAt when its secret was last replaced; empty: never
 */
public record ApiKey(
    UUID id,
    String name,
    Set<KeyScope> scopes,
    Optional<FederationName> federation,
    Change created,
    Optional<Change> revoked,
    Optional<Instant> rotatedAt) {

  /** Copies the scopes and refuses a key that may do nothing. */
  public ApiKey {
    Objects.requireNonNull(id, "id");
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(federation, "federation");
    Objects.requireNonNull(created, "created");
    Objects.requireNonNull(revoked, "revoked");
    Objects.requireNonNull(rotatedAt, "rotatedAt");
    scopes = Set.copyOf(scopes);
    if (scopes.isEmpty()) {
      throw new IllegalArgumentException("an API key needs at least one scope");
    }
  }
}
