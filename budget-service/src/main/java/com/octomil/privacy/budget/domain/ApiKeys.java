package com.octomil.privacy.budget.domain;

import com.octomil.privacy.budget.domain.ConfiguredVersion.Change;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** Where API keys are kept, by the hash of their secret. */
public interface ApiKeys {

  /** Stores a new key. */
  void add(ApiKey key, ApiKeySecret secret);

  /**
   * Stores the administrator's key that came with the deployment, unless its secret is known
   * already; a revoked one stays revoked.
   */
  void addBootstrap(ApiKey key, ApiKeySecret secret);

  /** All keys, oldest first. */
  List<ApiKey> all();

  /**
   * Revokes a key; a key that is revoked already stays as it is.
   *
   * @return the key as it now is, or empty if there is none
   */
  Optional<ApiKey> revoke(UUID id, Change change);
}
