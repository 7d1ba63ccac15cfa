package com.octomil.privacy.relay.app;

import com.octomil.privacy.relay.config.RelayConfig;
import com.octomil.privacy.relay.domain.Abort;
import com.octomil.privacy.relay.domain.AbortReason;
import com.octomil.privacy.relay.domain.Neighbourhoods;
import com.octomil.privacy.relay.domain.RelayStore;
import com.octomil.privacy.relay.domain.Roster;
import com.octomil.privacy.relay.domain.RosterSummary;
import com.octomil.privacy.relay.domain.RoundId;
import com.octomil.privacy.relay.domain.SecureAggregation;
import com.octomil.privacy.relay.domain.Session;
import com.octomil.privacy.relay.domain.SessionPhase;
import com.octomil.privacy.relay.domain.SessionRecords;
import com.octomil.privacy.relay.domain.SessionRules;
import com.octomil.privacy.relay.domain.SessionRules.Decision;
import com.octomil.privacy.relay.domain.SessionState;
import com.octomil.privacy.secagg.GraphParameters;
import com.octomil.privacy.secagg.Grouping;
import com.octomil.privacy.secagg.InfeasibleParametersException;
import com.octomil.privacy.secagg.ParameterChoice;
import com.octomil.privacy.secagg.graph.NeighbourGraph;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.annotation.PreDestroy;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.BitSet;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Moves sessions on when the rules say so. Every replica does: the decision is repeated under the
 * lock of the session's row, so that it is carried out once. Thread-safe.
 */
@Singleton
public class SessionProgress {

  private static final Logger LOG = Logger.getLogger(SessionProgress.class);

  private final RelayStore store;
  private final LiveSessions live;
  private final SessionNotices notices;
  private final Clock clock;
  private final Duration grace;
  private final MeterRegistry metrics;
  private final ConcurrentMap<RoundId, Nudge> nudges = new ConcurrentHashMap<>();
  private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();

  SessionProgress(
      RelayStore store,
      LiveSessions live,
      SessionNotices notices,
      Clock clock,
      RelayConfig config,
      MeterRegistry metrics) {
    this.store = store;
    this.live = live;
    this.notices = notices;
    this.clock = clock;
    this.grace = config.sessionGrace();
    this.metrics = metrics;
    for (SessionPhase phase : SessionPhase.values()) {
      transitions(phase);
    }
  }

  private Counter transitions(SessionPhase phase) {
    return metrics.counter(
        "octomil.relay.session.transitions", "phase", phase.name().toLowerCase(Locale.ROOT));
  }

  private static final class Nudge {
    final AtomicBoolean asked = new AtomicBoolean();
    final ReentrantLock running = new ReentrantLock();
  }

  @PreDestroy
  void stop() {
    executor.shutdownNow();
  }

  /** How long after its last deadline a session expires. */
  Duration grace() {
    return grace;
  }

  /**
   * Looks soon whether a session moves on; returns at once. However many ask, at most one looks and
   * one waits to look again.
   */
  void nudge(RoundId round) {
    Nudge nudge = nudges.computeIfAbsent(round, _ -> new Nudge());
    if (!nudge.asked.compareAndSet(false, true)) {
      return;
    }
    try {
      executor.execute(() -> runNudge(round, nudge));
    } catch (RejectedExecutionException e) {
      LOG.debug("shutting down; another replica moves the session on");
    }
  }

  private void runNudge(RoundId round, Nudge nudge) {
    nudge.running.lock();
    try {
      nudge.asked.set(false);
      advance(round);
    } catch (RuntimeException e) {
      // The watch tries again.
      LOG.warnf(e, "round %s: could not look whether the session moves on", round);
    } finally {
      nudge.running.unlock();
    }
  }

  /** A session before and after a transaction; both are the same if nothing happened. */
  record Step(Session before, Session after) {
    static Step stay(Session session) {
      return new Step(session, session);
    }
  }

  /** Moves a session on if it is time, and returns its state. */
  Optional<Session> advance(RoundId round) {
    Optional<Step> step =
        store.inTransaction("advance-session", records -> advance(records.sessions(), round));
    step.ifPresent(this::committed);
    return step.map(Step::after);
  }

  /** Makes what a transaction did known on all replicas, in the log and in the metrics. */
  void committed(Step step) {
    Session session = step.after();
    if (step.before().revision() != session.revision()) {
      if (session.state() instanceof SessionState.Aborted aborted) {
        LOG.infof(
            "round %s: %s to ABORTED (%s)",
            session.roundId(), step.before().phase(), aborted.abort().reason());
      } else {
        LOG.debugf("round %s: %s to %s", session.roundId(), step.before().phase(), session.phase());
      }
      transitions(session.phase()).increment();
      notices.changed(session.roundId());
    }
    live.publish(session);
    if (session.phase().isOver()) {
      nudges.remove(session.roundId());
    }
  }

  private Optional<Step> advance(SessionRecords records, RoundId round) {
    Optional<Session> seen = records.find(round);
    if (seen.isEmpty() || !mustMove(decide(records, seen.get()))) {
      return seen.map(Step::stay);
    }
    Session session = records.lock(round).orElseThrow();
    SessionState next = next(records, session, decide(records, session));
    return Optional.of(next == null ? Step.stay(session) : move(records, session, next));
  }

  /** Sets the state of a locked session. */
  Step move(SessionRecords records, Session session, SessionState next) {
    records.setState(session.roundId(), next, clock.instant());
    return new Step(session, session.moved(next));
  }

  private Decision decide(SessionRecords records, Session session) {
    Instant now = clock.instant();
    return session.phase().isOver()
        ? new Decision.Over()
        : SessionRules.decide(session, records.attendance(session.roundId()), now, grace);
  }

  private static boolean mustMove(Decision decision) {
    return !(decision instanceof Decision.Wait || decision instanceof Decision.Over);
  }

  private static @Nullable SessionState next(
      SessionRecords records, Session session, Decision decision) {
    return switch (decision) {
      case Decision.Wait _, Decision.Over _ -> null;
      case Decision.CloseRoster() -> closeRoster(records, session);
      case Decision.FixParticipants() -> new SessionState.Admitted();
      case Decision.CloseShares() -> closeShares(records, session);
      case Decision.End(Abort abort, boolean expired) ->
          new SessionState.Aborted(session.state().rosterOrNull(), abort, expired);
    };
  }

  private static SessionState closeRoster(SessionRecords records, Session session) {
    SecureAggregation secure = session.rules().secureAggregation();
    if (secure == null) {
      throw new IllegalStateException("there is no roster without secure aggregation");
    }
    Roster roster = Roster.of(session.roundHash(), records.adverts(session.roundId()));
    GraphParameters graph;
    try {
      graph =
          ParameterChoice.choose(
              roster.size(),
              secure.assumptions(),
              secure.reconstructionThreshold(),
              secure.groups(roster.size()));
    } catch (InfeasibleParametersException e) {
      return new SessionState.Aborted(
          null,
          new Abort(
              AbortReason.INFEASIBLE_PARAMETERS,
              roster.size() + " devices advertised keys: " + e.getMessage()),
          false);
    }
    return new SessionState.RosterClosed(new RosterSummary(roster.root(), graph));
  }

  private static SessionState closeShares(SessionRecords records, Session session) {
    if (!(session.state() instanceof SessionState.Sharing sharing)) {
      throw new IllegalStateException("shares are fixed in the share step only");
    }
    RosterSummary roster = sharing.roster();
    BitSet sharers = records.sharers(session.roundId());
    NeighbourGraph graph =
        NeighbourGraph.of(sharing.graphNonce().toArray(), roster.root().toArray(), roster.graph());
    SecureAggregation secure = Objects.requireNonNull(session.rules().secureAggregation());
    Grouping grouping = secure.grouping();
    if (grouping != null && roster.graph().groups() > 1) {
      BitSet remaining =
          Neighbourhoods.withoutFailedGroups(graph, sharers, grouping.minGroupSurvivors());
      int fewest = session.rules().minimum();
      if (remaining.cardinality() < fewest) {
        return new SessionState.Aborted(
            roster,
            new Abort(
                AbortReason.TOO_FEW_DEVICES,
                remaining.cardinality()
                    + " devices are in groups that can go on; the round needs at least "
                    + fewest
                    + "."),
            false);
      }
      return new SessionState.Shared(roster, sharing.graphNonce(), remaining);
    }
    if (Neighbourhoods.belowThreshold(graph, sharers, roster.graph().threshold()).isPresent()) {
      return new SessionState.Aborted(
          roster,
          new Abort(
              AbortReason.NEIGHBOURHOOD_BELOW_THRESHOLD,
              "Of the "
                  + roster.graph().degree()
                  + " neighbours of a device fewer than "
                  + roster.graph().threshold()
                  + " submitted shares."),
          false);
    }
    return new SessionState.Shared(roster, sharing.graphNonce(), sharers);
  }
}
