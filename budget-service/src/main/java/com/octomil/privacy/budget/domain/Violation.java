package com.octomil.privacy.budget.domain;

import org.jspecify.annotations.Nullable;

/**
 * Why a field is not accepted.
 *
 * @param kind what is wrong with it
 * @param field dotted name as in the JSON body
 * @param value the rejected value; null if there is none
 * @param message what is accepted
 */
public record Violation(Kind kind, String field, @Nullable String value, String message) {

  /** What is wrong with a field. */
  public enum Kind {
    /** A required field is absent. */
    MISSING,
    /** The value is outside of what is accepted, alone or together with others. */
    OUT_OF_RANGE,
    /** The value means something that this version cannot do. */
    UNSUPPORTED
  }
}
