package com.octomil.privacy.aggregator.client;

import com.octomil.privacy.kit.error.ServiceException;

/**
 * A call of a peer failed in a way that the same call may not meet again. Fault tolerance retries
 * and counts these only; an answer that says no is neither retried nor a reason to open a circuit.
 */
final class PeerFailure extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient ServiceException translated;

  PeerFailure(ServiceException translated) {
    super(translated.detail(), translated);
    this.translated = translated;
  }

  ServiceException translated() {
    return translated;
  }
}
