package com.octomil.privacy.secagg.internal;

/** Argument checks whose messages name the field, the rejected value and what is accepted. */
public final class Checks {
  private Checks() {}

  /** Returns {@code value} if it has exactly {@code size} bytes. */
  public static byte[] length(String field, byte[] value, int size) {
    if (value.length != size) {
      throw new IllegalArgumentException(
          field + " has " + value.length + " bytes; it must have " + size);
    }
    return value;
  }

  /** Returns {@code value} if {@code min <= value <= max}. */
  public static int range(String field, int value, int min, int max) {
    if (value < min || value > max) {
      throw new IllegalArgumentException(
          field + " is " + value + "; it must be between " + min + " and " + max);
    }
    return value;
  }

  /** Returns {@code value} if it is a fraction with {@code 0 <= value < 1}. */
  public static double fraction(String field, double value) {
    if (!(value >= 0 && value < 1)) {
      throw new IllegalArgumentException(
          field + " is " + value + "; it must be at least 0 and below 1");
    }
    return value;
  }
}
