package com.octomil.privacy.budget.domain;

import com.octomil.privacy.budget.domain.ConfiguredVersion.Change;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** Where API keys are kept, by the hash of their secret. */
public interface ApiKeys {

  /** Outcome of a rotation. */
  sealed interface RotateOutcome {
    /** The key has its new secret. */
    record Rotated(ApiKey key) implements RotateOutcome {}

    /** There is no such key. */
    record Unknown() implements RotateOutcome {}

    /** It is revoked, and a revoked key does not come back. */
    record Revoked() implements RotateOutcome {}
  }

  /** Stores a new key. */
  void add(ApiKey key, ApiKeySecret secret);

  /**
   * Gives a key a new secret.
   *
   * @param oldUntil until when the old one stays good; earlier ones end no later
   */
  RotateOutcome rotate(UUID id, ApiKeySecret secret, Instant oldUntil, Change change);

  /**
   * Stores the administrator's key that came with the deployment, unless its secret is known
   * already; a revoked one stays revoked, and one that was rotated away does not come back.
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
