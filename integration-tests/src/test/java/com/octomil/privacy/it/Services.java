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

  /** Cohorts of other tests are smaller, or need more of their devices than such groups hold. */
  static final int MAX_GROUP_SIZE = 25;

  private static final AtomicInteger FEDERATIONS = new AtomicInteger();
  private static @Nullable Stack stack;
  private static final TraceCollector TRACES = new TraceCollector();

  private Services() {}

  public static synchronized Stack stack() {
    Stack running = stack;
    if (running == null) {
      try {
        running =
            Stack.start(
                observed(StackOptions.in(Home.path()))
                    .withProperties(Service.RELAY, Map.of("octomil.relay.check-in-retry", "PT0.1S"))
                    .withProperties(
                        Service.AGGREGATOR,
                        Map.of(
                            "octomil.aggregator.lease",
                            "3s",
                            "octomil.aggregator.max-group-size",
                            Integer.toString(MAX_GROUP_SIZE))));
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

  /** Where the services send their spans. */
  static TraceCollector traces() {
    return TRACES;
  }

  /** With traces, and with logs as in production. */
  private static StackOptions observed(StackOptions options) {
    StackOptions observed = options;
    for (Service service : Service.values()) {
      observed =
          observed.withProperties(
              service,
              Map.of(
                  "octomil.tracing.enabled", "true",
                  "quarkus.otel.exporter.otlp.endpoint", TRACES.endpoint(),
                  "quarkus.otel.exporter.otlp.protocol", "http/protobuf",
                  "quarkus.otel.bsp.schedule.delay", "200ms",
                  "quarkus.log.console.json.enabled", "true"));
    }
    return observed;
  }

  /** A federation name that no other test uses. */
  static String newFederation(String purpose) {
    return purpose + "-" + FEDERATIONS.incrementAndGet();
  }
}
