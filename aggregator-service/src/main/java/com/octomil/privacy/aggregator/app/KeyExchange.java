package com.octomil.privacy.aggregator.app;

import com.octomil.privacy.aggregator.domain.Abort;
import com.octomil.privacy.aggregator.domain.AbortReason;
import com.octomil.privacy.aggregator.domain.OpenRound;
import com.octomil.privacy.aggregator.domain.Participant;
import com.octomil.privacy.aggregator.domain.RelaySessions;
import com.octomil.privacy.aggregator.domain.Roster;
import com.octomil.privacy.aggregator.domain.RoundStore;
import com.octomil.privacy.kit.error.ServiceException;
import com.octomil.privacy.secagg.GraphParameters;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * From OPEN to UPLOADING: follows the relay until the sharers are fixed, and opens the graph on the
 * way. Blocking.
 */
@ApplicationScoped
class KeyExchange {
  /** How long a call of the relay may be held; bounds how late a cancellation is noticed. */
  private static final Duration RELAY_POLL = Duration.ofSeconds(1);

  /** How much later than its deadline the relay may report the end of a phase. */
  private static final Duration RELAY_SLACK = Duration.ofSeconds(5);

  private final RoundStore rounds;
  private final RelaySessions relay;
  private final RoundSignals signals;
  private final RoundWait waiting;
  private final Peers peers;
  private final Clock clock;
  private final RoundMetrics metrics;

  KeyExchange(
      RoundStore rounds,
      RelaySessions relay,
      RoundSignals signals,
      RoundWait waiting,
      Peers peers,
      Clock clock,
      RoundMetrics metrics) {
    this.rounds = rounds;
    this.relay = relay;
    this.signals = signals;
    this.waiting = waiting;
    this.peers = peers;
    this.clock = clock;
    this.metrics = metrics;
  }

  void run(RoundRun run) {
    metrics.timed(RoundMetrics.Phase.EXCHANGE, () -> awaitShared(run));
  }

  private void awaitShared(RoundRun run) {
    Instant until = run.opened(rounds).shareDeadline().plus(RELAY_SLACK);
    Optional<RelaySessions.Phase> known = Optional.empty();
    boolean graphOpened = false;
    while (true) {
      Optional<RelaySessions.Phase> seen = known;
      RelaySessions.Session session =
          peers.orAbort(run.control(), until, () -> relay.await(run.id(), seen, RELAY_POLL));
      waiting.checkStopped(run.control());
      switch (session.phase()) {
        case ADVERTISE, SHARE -> {}
        case ROSTER_CLOSED -> {
          if (!graphOpened) {
            openGraph(run, until);
            graphOpened = true;
          }
        }
        case SHARED -> {
          startUploads(run, session, until);
          return;
        }
        case ABORTED ->
            throw new RoundAborted(
                session
                    .abort()
                    .orElseGet(
                        () -> new Abort(AbortReason.INTERNAL, "The relay aborted the round.")));
        case CLOSED ->
            throw new RoundAborted(AbortReason.INTERNAL, "The relay has closed the session.");
      }
      if (waiting.passed(until)) {
        throw new RoundAborted(AbortReason.DEADLINE, "Keys and shares were not exchanged in time.");
      }
      known = Optional.of(session.phase());
    }
  }

  private void openGraph(RoundRun run, Instant until) {
    OpenRound round = run.opened(rounds);
    try {
      peers.patiently(
          run.control(),
          until,
          () -> {
            relay.openGraph(round.id(), round.graphNonce().orElseThrow());
            return true;
          });
    } catch (ServiceException e) {
      // Infeasible parameters abort the session; its state says so better than this answer.
      RelaySessions.Session session =
          peers.orAbort(
              run.control(), until, () -> relay.await(round.id(), Optional.empty(), Duration.ZERO));
      throw new RoundAborted(
          session.abort().orElseGet(() -> new Abort(AbortReason.INTERNAL, e.detail())));
    }
  }

  private void startUploads(RoundRun run, RelaySessions.Session session, Instant until) {
    OpenRound round = run.opened(rounds);
    List<Participant> participants =
        peers.orAbort(run.control(), until, () -> relay.participants(round.id()));
    Optional<Roster.Graph> graph = Optional.empty();
    if (round.secureAggregation()) {
      graph =
          Optional.of(
              new Roster.Graph(
                  session
                      .rosterRoot()
                      .orElseThrow(
                          () -> new IllegalStateException("the relay gave no roster root")),
                  new GraphParameters(
                      participants.size(),
                      session.degree(),
                      session.threshold(),
                      round.groups(participants.size()))));
    }
    if (participants.size() > round.targetCohort()) {
      // The ring is sized for the target; more contributions could wrap the sum.
      throw new RoundAborted(
          AbortReason.INTERNAL,
          "The roster has "
              + participants.size()
              + " devices; the round was made for "
              + round.targetCohort()
              + ".");
    }
    Roster roster = new Roster(participants, graph);
    int sharers = roster.sharers().cardinality();
    if (sharers < round.minSurvivors()) {
      throw RoundAborted.tooFew(sharers, "shared", round.minSurvivors());
    }
    if (rounds.startUploads(round.id(), roster, session.checkedIn(), clock.instant())) {
      metrics.dropped(RoundMetrics.Step.ADVERTISE, session.checkedIn() - roster.size());
      metrics.dropped(RoundMetrics.Step.SHARE, roster.size() - sharers);
      signals.changed(round.id(), RoundSignals.Topic.PHASE);
    }
  }
}
