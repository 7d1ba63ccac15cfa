package com.octomil.privacy.device.transport;

import java.time.Duration;

/**
 * What a server answers to a call: all expected outcomes. A call that brought no answer at all
 * throws {@link TransportException}.
 *
 * @param <T> what a successful call brings
 */
public sealed interface Reply<T> permits Reply.Ready, Reply.Pending, Reply.Late, Reply.Aborted {

  /** The call succeeded. */
  record Ready<T>(T value) implements Reply<T> {}

  /** The step has not ended yet; ask again after {@code retryAfter}, which is not negative. */
  record Pending<T>(Duration retryAfter) implements Reply<T> {
    /** Refuses a negative time with an {@link IllegalArgumentException}. */
    public Pending {
      if (retryAfter.isNegative()) {
        throw new IllegalArgumentException("retryAfter must not be negative: " + retryAfter);
      }
    }
  }

  /**
   * The step is closed: the device has dropped out of this round. {@code step} is the server's name
   * for it.
   */
  record Late<T>(String step) implements Reply<T> {}

  /** The round ended without a result. */
  record Aborted<T>(AbortReason reason, String detail) implements Reply<T> {}
}
