package com.octomil.privacy.device.transport;

import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A call that brought no usable answer: the server could not be reached, was too slow, or refused
 * the call.
 */
public class TransportException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  /** What a caller can do about it. */
  public enum Kind {
    /** The same call may succeed later: unavailable, deadline exceeded, resource exhausted. */
    RETRYABLE,
    /** The server understood the call and refuses it; repeating it changes nothing. */
    REJECTED,
    /** The server's answer breaks the contract. */
    MALFORMED_ANSWER
  }

  /** The call that failed. */
  private final Step step;

  /** What a caller can do about it. */
  private final Kind kind;

  private final transient Optional<Duration> retryAfter;

  /**
   * Without a wish of the server when to retry.
   *
   * @param step the call that failed
   * @param kind what a caller can do about it
   * @param message for people
   * @param cause what went wrong; null if nothing was thrown
   */
  public TransportException(Step step, Kind kind, String message, @Nullable Throwable cause) {
    this(step, kind, message, Optional.empty(), cause);
  }

  /**
   * {@code retryAfter} is the server's wish when to retry.
   *
   * @param step the call that failed
   * @param kind what a caller can do about it
   * @param message for people
   * @param retryAfter how long the server asks callers to wait; null if it does not say
   * @param cause what went wrong; null if nothing was thrown
   */
  public TransportException(
      Step step,
      Kind kind,
      String message,
      Optional<Duration> retryAfter,
      @Nullable Throwable cause) {
    super(step.id() + ": " + message, cause);
    this.step = step;
    this.kind = kind;
    this.retryAfter = retryAfter;
  }

  /**
   * The call that failed.
   *
   * @return never null
   */
  public Step step() {
    return step;
  }

  /**
   * What a caller can do about it.
   *
   * @return never null
   */
  public Kind kind() {
    return kind;
  }

  /**
   * How long the server asks callers to wait, if it says so.
   *
   * @return empty if the server does not say
   */
  @SuppressWarnings("OptionalAssignedToNull") // transient: null after deserialization
  public Optional<Duration> retryAfter() {
    return retryAfter == null ? Optional.empty() : retryAfter;
  }
}
