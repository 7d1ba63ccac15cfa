package com.octomil.privacy.budget.domain;

import java.math.BigDecimal;
import org.jspecify.annotations.Nullable;

/** Exact decimals to and from the doubles that the numerical core works with. */
final class Decimals {

  private Decimals() {}

  static @Nullable BigDecimal shortest(@Nullable BigDecimal value) {
    return value == null ? null : value.stripTrailingZeros();
  }

  /** The largest double that is not above {@code value}. */
  static double roundedDown(BigDecimal value) {
    double nearest = value.doubleValue();
    return new BigDecimal(nearest).compareTo(value) > 0 ? Math.nextDown(nearest) : nearest;
  }
}
