package com.octomil.privacy.relay.client;

import com.octomil.privacy.kit.error.ServiceException;
import java.util.Objects;

/**
 * A call failed in a way that the same call may not meet again. Only this is retried and counted by
 * the circuit breaker; an answer that says no is neither.
 */
final class PeerFailure extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final transient ServiceException translated;

  PeerFailure(ServiceException translated) {
    super(translated.detail(), translated);
    this.translated = Objects.requireNonNull(translated, "translated");
  }

  ServiceException translated() {
    return translated;
  }
}
