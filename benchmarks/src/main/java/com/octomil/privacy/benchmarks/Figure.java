package com.octomil.privacy.benchmarks;

import java.math.BigDecimal;
import java.util.Locale;
import java.util.OptionalDouble;

/**
 * One measured figure.
 *
 * @param name what was measured
 * @param value the figure
 * @param unit its unit
 * @param aim what we want to reach, in the same unit
 * @param peer what a well-known peer needs, in the same unit
 */
public record Figure(
    String name, double value, String unit, OptionalDouble aim, OptionalDouble peer) {
  private static final int NAME_WIDTH = 62;

  public Figure {
    if (name.isBlank() || unit.isBlank()) {
      throw new IllegalArgumentException("a figure needs a name and a unit");
    }
    if (!Double.isFinite(value)) {
      throw new IllegalArgumentException(name + " is " + value + ", must be a finite number");
    }
  }

  /** A figure without aim or peer. */
  public static Figure of(String name, double value, String unit) {
    return new Figure(name, value, unit, OptionalDouble.empty(), OptionalDouble.empty());
  }

  /** The same with an aim. */
  public Figure aim(double aim) {
    return new Figure(name, value, unit, OptionalDouble.of(aim), peer);
  }

  /** The same with a peer's figure. */
  public Figure peer(double peer) {
    return new Figure(name, value, unit, aim, OptionalDouble.of(peer));
  }

  /** Milliseconds or, if that would be small, microseconds. */
  public static Figure time(String name, double nanos) {
    return nanos < 1e6 ? of(name, nanos / 1e3, "us") : of(name, nanos / 1e6, "ms");
  }

  /** Headings over {@link #line}. */
  public static String headings(String title) {
    return String.format(
        Locale.ROOT, "%-" + NAME_WIDTH + "s %10s %-10s %8s %8s", title, "", "", "aim", "peer");
  }

  /** One line of a table. */
  public String line() {
    return String.format(
            Locale.ROOT,
            "%-" + NAME_WIDTH + "s %10.2f %-10s %8s %8s",
            name,
            value,
            unit,
            text(aim),
            text(peer))
        .stripTrailing();
  }

  private static String text(OptionalDouble number) {
    return number.isPresent()
        ? BigDecimal.valueOf(number.getAsDouble()).stripTrailingZeros().toPlainString()
        : "";
  }
}
