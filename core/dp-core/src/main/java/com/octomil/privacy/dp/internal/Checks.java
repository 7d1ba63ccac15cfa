package com.octomil.privacy.dp.internal;

/** The one place where privacy parameters are validated; messages name field, value and range. */
public final class Checks {
  private Checks() {}

  /** Accepts a finite epsilon of at least zero. */
  public static double epsilon(double epsilon) {
    if (!(epsilon >= 0) || Double.isInfinite(epsilon)) {
      throw invalid("epsilon", epsilon, "a finite number of at least 0");
    }
    return epsilon;
  }

  /** Accepts a delta in (0, 1). */
  public static double delta(double delta) {
    if (!(delta > 0 && delta < 1)) {
      throw invalid("delta", delta, "a number greater than 0 and less than 1");
    }
    return delta;
  }

  /** Accepts a finite number greater than zero. */
  public static double positive(String field, double value) {
    if (!(value > 0) || Double.isInfinite(value)) {
      throw invalid(field, value, "a finite number greater than 0");
    }
    return value;
  }

  /** Accepts a number in [low, high]. */
  public static double within(String field, double value, double low, double high) {
    if (!(value >= low && value <= high)) {
      throw invalid(field, value, "a number from " + low + " to " + high);
    }
    return value;
  }

  /** Accepts a count of at least zero. */
  public static long count(String field, long value) {
    if (value < 0) {
      throw invalid(field, value, "an integer of at least 0");
    }
    return value;
  }

  /** Accepts an integer in [low, high]. */
  public static long within(String field, long value, long low, long high) {
    if (value < low || value > high) {
      throw invalid(field, value, "an integer from " + low + " to " + high);
    }
    return value;
  }

  /** The exception for a rejected value, for checks that are made elsewhere. */
  public static IllegalArgumentException invalid(String field, Object value, String accepted) {
    return new IllegalArgumentException(field + " is " + value + ", must be " + accepted);
  }
}
