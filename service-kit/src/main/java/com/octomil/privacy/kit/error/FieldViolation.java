package com.octomil.privacy.kit.error;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One field of a request that was not accepted.
 *
 * @param field dotted path as the caller wrote it, for example {@code differential_privacy.epsilon}
 * @param value the rejected value as text, or null if the field was missing or is secret
 * @param message what would be accepted
 */
public record FieldViolation(String field, @Nullable String value, String message) {

  private static final int MAX_VALUE_LENGTH = 100;

  /** Cuts long values, so that an answer never echoes a whole payload. */
  public FieldViolation {
    Objects.requireNonNull(field, "field");
    Objects.requireNonNull(message, "message");
    if (value != null && value.length() > MAX_VALUE_LENGTH) {
      value = value.substring(0, MAX_VALUE_LENGTH) + "...";
    }
  }
}
