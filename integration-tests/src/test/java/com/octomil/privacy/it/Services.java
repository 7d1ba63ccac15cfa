package com.octomil.privacy.it;

import com.octomil.privacy.cli.stack.Service;
import com.octomil.privacy.cli.stack.Stack;
import com.octomil.privacy.cli.stack.StackException;
import com.octomil.privacy.cli.stack.StackOptions;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * One stack for all tests of this JVM; its shutdown hook stops it. Tests keep apart by federations
 * of their own.
 */
public final class Services {

  private static final AtomicInteger FEDERATIONS = new AtomicInteger();
  private static @Nullable Stack stack;

  private Services() {}

  public static synchronized Stack stack() {
    Stack running = stack;
    if (running == null) {
      try {
        running =
            Stack.start(
                StackOptions.in(Home.path())
                    .withProperties(Service.RELAY, Map.of("octomil.relay.check-in-retry", "PT0.1S"))
                    .withProperties(Service.AGGREGATOR, Map.of("octomil.aggregator.lease", "3s")));
      } catch (StackException e) {
        throw new IllegalStateException("the services did not start: " + e.getMessage(), e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException("interrupted while the services started", e);
      }
      stack = running;
    }
    return running;
  }

  /** A federation name that no other test uses. */
  static String newFederation(String purpose) {
    return purpose + "-" + FEDERATIONS.incrementAndGet();
  }
}
