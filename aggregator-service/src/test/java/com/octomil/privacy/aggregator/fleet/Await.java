package com.octomil.privacy.aggregator.fleet;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Waits for conditions, with a deadline. */
public final class Await {
  private Await() {}

  public static <T> T value(String what, Duration atMost, Supplier<Optional<T>> value) {
    long end = System.nanoTime() + atMost.toNanos();
    while (true) {
      Optional<T> found = value.get();
      if (found.isPresent()) {
        return found.get();
      }
      if (System.nanoTime() > end) {
        throw new AssertionError(what + " did not come within " + atMost);
      }
      LockSupport.parkNanos(10_000_000);
    }
  }

  public static void until(String what, Duration atMost, BooleanSupplier condition) {
    value(what, atMost, () -> condition.getAsBoolean() ? Optional.of(true) : Optional.empty());
  }

  static <T> T nonNull(@Nullable T value) {
    if (value == null) {
      throw new AssertionError("unexpected null");
    }
    return value;
  }
}
