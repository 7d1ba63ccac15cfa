package com.octomil.privacy.kit.auth;

import io.smallrye.mutiny.Uni;
import java.util.Optional;

/**
 * Looks API keys up. Every service provides exactly one implementation; it must not block the
 * calling thread.
 */
public interface ApiKeyVerifier {

  /**
   * The holder of a key, or empty if the key is unknown, expired or revoked.
   *
   * @param apiKey the key as the caller sent it, with its {@code edg_} prefix
   */
  Uni<Optional<Principal>> verify(String apiKey);
}
