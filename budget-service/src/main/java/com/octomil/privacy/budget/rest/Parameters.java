package com.octomil.privacy.budget.rest;

import com.octomil.privacy.kit.error.ErrorCode;
import com.octomil.privacy.kit.error.FieldViolation;
import com.octomil.privacy.kit.error.ServiceException;
import org.jspecify.annotations.Nullable;

/** Query parameters and bodies, read as strictly as JSON fields are. */
public final class Parameters {

  private static final int MAX_REASON = 500;
  private static final int MAX_PAGE = 1000;
  private static final int DEFAULT_PAGE = 100;

  private Parameters() {}

  /** A whole number in a range, or {@code ifAbsent}. */
  public static long whole(String name, @Nullable String text, long min, long max, long ifAbsent) {
    if (text == null) {
      return ifAbsent;
    }
    String accepted = "must be a whole number from " + min + " to " + max;
    long value;
    try {
      value = Long.parseLong(text);
    } catch (NumberFormatException e) {
      throw ServiceException.invalidField(
          ErrorCode.INVALID_REQUEST, new FieldViolation(name, text, accepted));
    }
    if (value < min || value > max) {
      throw ServiceException.invalidField(
          ErrorCode.INVALID_VALUE, new FieldViolation(name, text, accepted));
    }
    return value;
  }

  /** How many entries a page shall have. */
  public static int pageSize(@Nullable String limit) {
    return (int) whole("limit", limit, 1, MAX_PAGE, DEFAULT_PAGE);
  }

  /** After which entry a page shall begin. */
  public static long after(@Nullable String after) {
    return whole("after", after, 0, Long.MAX_VALUE, 0);
  }

  /** A number of a body in a range. */
  public static int between(String field, int value, int min, int max) {
    if (value < min || value > max) {
      throw ServiceException.invalidField(
          ErrorCode.INVALID_VALUE,
          new FieldViolation(field, Integer.toString(value), "must be " + min + " to " + max));
    }
    return value;
  }

  /** The body, which must not be empty. */
  public static <T> T body(@Nullable T body) {
    if (body == null) {
      throw new ServiceException(
          ErrorCode.INVALID_REQUEST, "The body is empty; a JSON object is expected here.");
    }
    return body;
  }

  /** A field that must be there. */
  public static <T> T required(String field, @Nullable T value) {
    if (value == null) {
      throw ServiceException.invalidField(
          ErrorCode.INVALID_REQUEST, new FieldViolation(field, null, "is required"));
    }
    return value;
  }

  /** A reason for the record. */
  public static String reason(@Nullable String text) {
    String reason = required("reason", text);
    if (reason.isBlank() || reason.length() > MAX_REASON) {
      throw ServiceException.invalidField(
          ErrorCode.INVALID_VALUE,
          new FieldViolation("reason", reason, "must be 1 to " + MAX_REASON + " characters"));
    }
    return reason;
  }
}
