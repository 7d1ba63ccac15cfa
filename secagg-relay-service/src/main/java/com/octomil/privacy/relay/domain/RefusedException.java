package com.octomil.privacy.relay.domain;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The relay refuses a request and nothing has changed. The message is written for the caller; it
 * never carries a token, a code or a device identifier.
 */
public final class RefusedException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  /** Why a request is refused. */
  public enum Reason {
    /** The request cannot be understood. */
    MALFORMED,
    /** A value is well formed but not acceptable. */
    OUT_OF_RANGE,
    /** A token, code, ticket or signature does not hold. */
    UNAUTHENTICATED,
    /** Known credentials that do not allow this. */
    FORBIDDEN,
    /** The federation is pinned to regions, and somebody is outside them. */
    REGION,
    /** The named thing does not exist. */
    NOT_FOUND,
    /** The request contradicts what happened before. */
    CONFLICT
  }

  private final Reason reason;
  private final @Nullable String field;
  private final @Nullable String rejected;

  private RefusedException(
      Reason reason, @Nullable String field, @Nullable String rejected, String message) {
    super(Objects.requireNonNull(message, "message"));
    this.reason = reason;
    this.field = field;
    this.rejected = rejected;
  }

  /**
   * A field that cannot be understood; {@code rejected} is null if the value is secret or absent.
   */
  public static RefusedException malformed(
      String field, @Nullable String rejected, String accepted) {
    return new RefusedException(Reason.MALFORMED, field, rejected, accepted);
  }

  /** A field whose value is not acceptable. */
  public static RefusedException outOfRange(
      String field, @Nullable String rejected, String accepted) {
    return new RefusedException(Reason.OUT_OF_RANGE, field, rejected, accepted);
  }

  /** Credentials that do not hold. */
  public static RefusedException unauthenticated(String message) {
    return new RefusedException(Reason.UNAUTHENTICATED, null, null, message);
  }

  /** Credentials that hold but do not allow this. */
  public static RefusedException forbidden(String message) {
    return new RefusedException(Reason.FORBIDDEN, null, null, message);
  }

  /** Somebody outside the regions that a federation is pinned to. */
  public static RefusedException region(String message) {
    return new RefusedException(Reason.REGION, null, null, message);
  }

  /** Something that does not exist. */
  public static RefusedException notFound(String message) {
    return new RefusedException(Reason.NOT_FOUND, null, null, message);
  }

  /** A contradiction to the present state or to an earlier request. */
  public static RefusedException conflict(String message) {
    return new RefusedException(Reason.CONFLICT, null, null, message);
  }

  /** Why. */
  public Reason reason() {
    return reason;
  }

  /** The field at fault as the caller wrote it, or null. */
  public @Nullable String field() {
    return field;
  }

  /** The rejected value, or null if there is none or it is secret. */
  public @Nullable String rejected() {
    return rejected;
  }

  /** The sentence for the caller. */
  public String text() {
    return Objects.requireNonNullElse(getMessage(), reason.name());
  }
}
