package com.octomil.privacy.device.transport;

import java.time.Duration;

/**
 * What a server answers to a call: all expected outcomes. A call that brought no answer at all
 * throws {@link TransportException}.
 *
 * @param <T> what a successful call brings
 */
public sealed interface Reply<T> permits Reply.Ready, Reply.Pending, Reply.Late, Reply.Aborted {

  /**
   * The call succeeded.
   *
   * @param <T> what the call answers
   * @param value the answer
   */
  record Ready<T>(T value) implements Reply<T> {}

  /**
   * The step has not ended yet; ask again after {@code retryAfter}, which is not negative.
   *
   * @param <T> what the call answers
   * @param retryAfter when to ask again
   */
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
   *
   * @param <T> what the call answers
   * @param step name of the step that is closed
   */
  record Late<T>(String step) implements Reply<T> {}

  /**
   * The round ended without a result.
   *
   * @param <T> what the call answers
   * @param reason why
   * @param detail for people
   */
  record Aborted<T>(AbortReason reason, String detail) implements Reply<T> {}
}
