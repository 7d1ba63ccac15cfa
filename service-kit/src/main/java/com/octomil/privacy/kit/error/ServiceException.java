package com.octomil.privacy.kit.error;

import java.time.Duration;
import java.util.List;
import java.util.Objects;

/**
 * A request failed for a reason that its caller is told. The detail is written for the caller: it
 * names the thing, the value and what would be accepted, and never carries internals.
 */
public final class ServiceException extends RuntimeException {

  private static final long serialVersionUID = 1L;
  private static final Duration USUAL_RETRY = Duration.ofSeconds(1);

  private final ErrorCode code;
  private final transient List<FieldViolation> violations;
  private final Duration retryAfter;

  /** A failure without field violations. */
  public ServiceException(ErrorCode code, String detail) {
    this(code, detail, List.of());
  }

  /** A failure that is due to the given fields. */
  public ServiceException(ErrorCode code, String detail, List<FieldViolation> violations) {
    super(detail);
    this.code = Objects.requireNonNull(code, "code");
    this.violations = List.copyOf(violations);
    this.retryAfter = USUAL_RETRY;
  }

  /** A failure with a cause, which is logged but never shown to the caller. */
  public ServiceException(ErrorCode code, String detail, Throwable cause) {
    super(detail, cause);
    this.code = Objects.requireNonNull(code, "code");
    this.violations = List.of();
    this.retryAfter = USUAL_RETRY;
  }

  private ServiceException(ErrorCode code, String detail, Duration retryAfter) {
    super(detail);
    this.code = code;
    this.violations = List.of();
    this.retryAfter = retryAfter;
  }

  /** A failure that passes with time. */
  public static ServiceException retryAfter(ErrorCode code, String detail, Duration wait) {
    return new ServiceException(code, detail, wait);
  }

  /** A single field that was not accepted; the detail repeats it in words. */
  public static ServiceException invalidField(ErrorCode code, FieldViolation violation) {
    String value = violation.value() == null ? "" : " is '" + violation.value() + "'";
    return new ServiceException(
        code, violation.field() + value + ": " + violation.message(), List.of(violation));
  }

  /** What went wrong. */
  public ErrorCode code() {
    return code;
  }

  /** The sentence for the caller. */
  public String detail() {
    return Objects.requireNonNullElse(getMessage(), code.title());
  }

  /** When it makes sense to try again; only means something if the code is retryable. */
  public Duration retryAfter() {
    return retryAfter;
  }

  /** The fields that were not accepted; empty if the failure is not about fields. */
  public List<FieldViolation> violations() {
    return violations;
  }
}
