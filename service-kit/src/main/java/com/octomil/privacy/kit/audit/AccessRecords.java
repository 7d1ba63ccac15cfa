package com.octomil.privacy.kit.audit;

import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jboss.logging.Logger;

/**
 * Reports accesses and refusals. The first of a kind is durable before it is answered. The same by
 * the same actor within a minute is counted, and the count reported at the end of the minute: who
 * polls does not fill the log. Only such a count can be lost, with the process. Thread-safe.
 */
@ApplicationScoped
public class AccessRecords {

  /** How long repetitions of an event are only counted. */
  public static final Duration WINDOW = Duration.ofMinutes(1);

  private static final Logger LOG = Logger.getLogger(AccessRecords.class);
  private static final int MAX_WINDOWS = 10_000;
  private static final long SWEEP_SECONDS = 5;
  private static final Duration LAST_REPORTS = Duration.ofSeconds(3);

  private record Window(Instant opened, AtomicLong repeated, Uni<Void> first) {}

  private final AuditOutbox outbox;
  private final Clock clock;
  private final ConcurrentMap<AuditEvent, Window> windows = new ConcurrentHashMap<>();
  private final ScheduledExecutorService sweeper =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("access-records").factory());

  AccessRecords(AuditOutbox outbox, Clock clock) {
    this.outbox = outbox;
    this.clock = clock;
  }

  void onStart(@Observes StartupEvent started) {
    var unused =
        sweeper.scheduleWithFixedDelay(
            () -> sweep(false), SWEEP_SECONDS, SWEEP_SECONDS, TimeUnit.SECONDS);
  }

  void onStop(@Observes ShutdownEvent stopped) {
    sweeper.shutdownNow();
    sweep(true);
  }

  /**
   * Reports an event, or counts it if it repeats a recent one.
   *
   * @return completes when the event, or the first of its kind, is durable; fails with {@code
   *     UNAVAILABLE}
   */
  public Uni<Void> record(AuditEvent event) {
    if (windows.size() >= MAX_WINDOWS) {
      return outbox.record(event);
    }
    // Counted under the map's lock of the event, as the sweep takes it out: no repetition is lost
    // between the two.
    Window window =
        windows.compute(
            event,
            (same, open) -> {
              if (open == null) {
                return new Window(
                    clock.instant(),
                    new AtomicLong(),
                    outbox.record(event).memoize().indefinitely());
              }
              open.repeated().incrementAndGet();
              return open;
            });
    return window.first().onFailure().invoke(() -> windows.remove(event, window));
  }

  /** As {@link #record}, for refusals: they are answered whether or not they could be reported. */
  public void recordRefusal(AuditEvent event) {
    record(event)
        .subscribe()
        .with(
            done -> {},
            failure -> LOG.warnf("a refusal could not be reported: %s", failure.getMessage()));
  }

  private void sweep(boolean all) {
    Instant limit = clock.instant().minus(WINDOW);
    for (Map.Entry<AuditEvent, Window> each : windows.entrySet()) {
      Window window = each.getValue();
      if (all || window.opened().isBefore(limit)) {
        Window unused = windows.computeIfPresent(each.getKey(), (same, open) -> null);
        report(each.getKey(), window, all);
      }
    }
  }

  private void report(AuditEvent event, Window window, boolean last) {
    long repeated = window.repeated().get();
    if (repeated == 0) {
      return;
    }
    Map<String, String> data = new HashMap<>(event.data());
    data.put("repeated", Long.toString(repeated));
    data.put("since", window.opened().toString());
    Uni<Void> reported =
        outbox.record(new AuditEvent(event.federation(), event.type(), event.actor(), data));
    if (last) {
      try {
        reported.await().atMost(LAST_REPORTS);
      } catch (RuntimeException e) {
        LOG.warnf("a number of repeated accesses could not be reported: %s", e.getMessage());
      }
      return;
    }
    reported
        .subscribe()
        .with(
            done -> {},
            failure ->
                LOG.warnf(
                    "a number of repeated accesses could not be reported: %s",
                    failure.getMessage()));
  }
}
