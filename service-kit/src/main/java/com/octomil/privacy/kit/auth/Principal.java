package com.octomil.privacy.kit.auth;

import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * Whoever holds an API key.
 *
 * @param keyId public identifier of the key, safe to log and audit
 * @param scopes what the key may do
 * @param federation the only federation the key is good for; empty: all
 */
public record Principal(String keyId, Set<Scope> scopes, Optional<String> federation) {

  /** Copies the scopes. */
  public Principal {
    Objects.requireNonNull(keyId, "keyId");
    Objects.requireNonNull(federation, "federation");
    scopes = Set.copyOf(scopes);
  }
}
