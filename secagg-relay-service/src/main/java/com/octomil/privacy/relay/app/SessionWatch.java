package com.octomil.privacy.relay.app;

import com.octomil.privacy.kit.error.ServiceException;
import com.octomil.privacy.relay.config.RelayConfig;
import com.octomil.privacy.relay.domain.Attendance;
import com.octomil.privacy.relay.domain.RelayStore;
import com.octomil.privacy.relay.domain.RoundId;
import com.octomil.privacy.relay.domain.Session;
import com.octomil.privacy.relay.domain.SessionRules;
import com.octomil.privacy.relay.domain.SessionRules.Decision;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;

/**
 * Looks at short intervals what other replicas did and which deadlines have passed. One query per
 * interval, whatever the number of devices.
 */
@Singleton
public class SessionWatch {

  private static final Logger LOG = Logger.getLogger(SessionWatch.class);

  // Makes good what a replica that died between a device's step and its look forgot.
  private static final Duration RECOUNT_EVERY = Duration.ofSeconds(1);
  private static final Duration RETRY_AFTER_FAILURE = Duration.ofSeconds(5);

  private final RelayStore store;
  private final EnrollmentAuthority authority;
  private final LiveSessions live;
  private final RosterCache rosters;
  private final SessionProgress progress;
  private final Clock clock;
  private final Duration interval;
  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().name("session-watch").daemon().factory());
  // Of the watch thread only.
  private final Map<RoundId, Instant> nextLook = new HashMap<>();
  private boolean failing;

  SessionWatch(
      RelayStore store,
      EnrollmentAuthority authority,
      LiveSessions live,
      RosterCache rosters,
      SessionProgress progress,
      Clock clock,
      RelayConfig config) {
    this.store = store;
    this.authority = authority;
    this.live = live;
    this.rosters = rosters;
    this.progress = progress;
    this.clock = clock;
    this.interval = config.watchInterval();
  }

  void start(@Observes StartupEvent event) {
    authority.load();
    var unused =
        thread.scheduleWithFixedDelay(
            this::lookSafely, 0, interval.toMillis(), TimeUnit.MILLISECONDS);
  }

  void stop(@Observes ShutdownEvent event) {
    thread.shutdownNow();
  }

  private void lookSafely() {
    try {
      look();
      failing = false;
    } catch (RuntimeException e) {
      if (!failing && !thread.isShutdown()) {
        LOG.warn("cannot look after sessions; trying on", e);
      }
      failing = true;
    }
  }

  private void look() {
    Map<RoundId, Long> open =
        store.inTransaction("watch-sessions", records -> records.sessions().open());
    Map<RoundId, Session> known = new HashMap<>();
    live.known().forEach(session -> known.put(session.roundId(), session));
    known.forEach((round, session) -> {
      if (!session.phase().isOver() && !open.containsKey(round)) {
        live.refresh(round)
            .ifPresent(ended -> progress.committed(SessionProgress.Step.stay(ended)));
      }
    });
    open.forEach((round, revision) -> {
      Session session = known.get(round);
      Optional<Session> current =
          session == null || session.revision() < revision
              ? live.refresh(round)
              : Optional.of(session);
      current.ifPresent(this::advanceIfDue);
    });
    nextLook.keySet().retainAll(open.keySet());
    rosters.retain(open.keySet());
    live.evict();
  }

  private void advanceIfDue(Session session) {
    Instant now = clock.instant();
    Instant next = nextLook.getOrDefault(session.roundId(), Instant.MIN);
    boolean deadlinePassed =
        !(SessionRules.decide(session, new Attendance(0, 0, 0), now, progress.grace())
            instanceof Decision.Wait);
    if (now.isBefore(next) && !(deadlinePassed && next.isBefore(now.plus(RECOUNT_EVERY)))) {
      return;
    }
    try {
      progress.advance(session.roundId());
      nextLook.put(session.roundId(), now.plus(RECOUNT_EVERY));
    } catch (RuntimeException e) {
      if (thread.isShutdown()) {
        return;
      }
      if (e instanceof ServiceException failure && failure.code().retryable()) {
        LOG.warnf("round %s: %s Trying again.", session.roundId(), failure.detail());
        return;
      }
      LOG.errorf(e, "round %s: cannot move the session on", session.roundId());
      nextLook.put(session.roundId(), now.plus(RETRY_AFTER_FAILURE));
    }
  }
}
