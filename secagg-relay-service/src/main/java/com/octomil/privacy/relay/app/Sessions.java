package com.octomil.privacy.relay.app;

import com.octomil.privacy.relay.app.SessionProgress.Step;
import com.octomil.privacy.relay.domain.Abort;
import com.octomil.privacy.relay.domain.Admission;
import com.octomil.privacy.relay.domain.Attendance;
import com.octomil.privacy.relay.domain.Bytes;
import com.octomil.privacy.relay.domain.Participant;
import com.octomil.privacy.relay.domain.RefusedException;
import com.octomil.privacy.relay.domain.RelayStore;
import com.octomil.privacy.relay.domain.RosterMember;
import com.octomil.privacy.relay.domain.RosterSummary;
import com.octomil.privacy.relay.domain.RoundId;
import com.octomil.privacy.relay.domain.RoundRules;
import com.octomil.privacy.relay.domain.SecureAggregation;
import com.octomil.privacy.relay.domain.Session;
import com.octomil.privacy.relay.domain.SessionPhase;
import com.octomil.privacy.relay.domain.SessionRecords;
import com.octomil.privacy.relay.domain.SessionState;
import com.octomil.privacy.relay.domain.TicketKey;
import com.octomil.privacy.secagg.GraphParameters;
import com.octomil.privacy.secagg.RoundHash;
import com.octomil.privacy.secagg.graph.GraphNonce;
import jakarta.inject.Singleton;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/** What the aggregator does with sessions. Thread-safe. */
@Singleton
public class Sessions {

  private final RelayStore store;
  private final LiveSessions live;
  private final SessionNotices notices;
  private final RosterCache rosters;
  private final SessionProgress progress;
  private final Clock clock;
  private final SecureRandom random;

  Sessions(
      RelayStore store,
      LiveSessions live,
      SessionNotices notices,
      RosterCache rosters,
      SessionProgress progress,
      Clock clock,
      SecureRandom random) {
    this.store = store;
    this.live = live;
    this.notices = notices;
    this.rosters = rosters;
    this.progress = progress;
    this.clock = clock;
    this.random = random;
  }

  /** A session and its numbers. */
  public record View(Session session, Attendance attendance) {}

  /** Who takes part; {@code sharers} is null until it is fixed who shared. */
  public record Participants(
      List<Participant> participants, int rosterSize, @Nullable BitSet sharers) {
    /** Copies the list. */
    public Participants {
      participants = List.copyOf(participants);
    }
  }

  /**
   * Opens a session for a round and returns the key of its tickets. The same parameters again give
   * the same key.
   *
   * @param parameters the bytes that {@code rules} were read from
   * @throws RefusedException if the round has other parameters or is over before it begins
   */
  public Bytes open(RoundRules rules, Bytes parameters) {
    Instant now = clock.instant();
    byte[] seed = new byte[32];
    random.nextBytes(seed);
    Bytes ticketSeed = Bytes.of(seed);
    Session fresh =
        new Session(
            rules,
            parameters,
            RoundHash.of(parameters.toArray()),
            TicketKey.publicKey(ticketSeed),
            new SessionState.Advertising(),
            1);
    Session session =
        store.inTransaction(
            "open-session",
            records -> {
              Optional<Session> existing = records.sessions().find(rules.roundId());
              if (existing.isEmpty()) {
                requireFuture(rules, now);
                if (records.sessions().insert(fresh, ticketSeed, now)) {
                  return fresh;
                }
                existing = records.sessions().find(rules.roundId());
              }
              return existing
                  .filter(same -> same.parameters().equals(parameters))
                  .orElseThrow(() ->
                      RefusedException.conflict("The round has a session with other parameters."));
            });
    live.publish(session);
    notices.changed(session.roundId());
    return session.ticketKey();
  }

  private static void requireFuture(RoundRules rules, Instant now) {
    if (!rules.deadlines().advertise().isAfter(now)) {
      throw RefusedException.outOfRange(
          "round_parameters.deadlines.advertise",
          Long.toString(rules.deadlines().advertise().toEpochMilli()),
          "must be in the future; it is " + now.toEpochMilli() + " now");
    }
  }

  /**
   * Waits up to {@code wait} while the session is in {@code knownPhase}, then shows it.
   *
   * @throws RefusedException if the round has no session
   */
  public View get(RoundId round, @Nullable SessionPhase knownPhase, Duration wait) {
    Session session = live.find(round).orElseThrow(Sessions::unknown);
    if (knownPhase != null && session.phase() == knownPhase) {
      live.await(session, now -> now.phase() != knownPhase, wait);
    }
    View view =
        store.inTransaction(
            "get-session",
            records ->
                new View(
                    records.sessions().find(round).orElseThrow(Sessions::unknown),
                    records.sessions().attendance(round)));
    live.publish(view.session());
    return view;
  }

  /**
   * A session in its present state.
   *
   * @throws RefusedException if the round has none
   */
  public Session find(RoundId round) {
    return read(round);
  }

  /**
   * The closed roster under pseudonyms; without secure aggregation those who were admitted.
   *
   * @throws RefusedException if the round has no session, is not that far, or was aborted
   */
  public Participants participants(RoundId round) {
    Session session = read(round);
    return switch (session.state()) {
      case SessionState.Advertising _ ->
          throw RefusedException.conflict("The roster of the round is still open.");
      case SessionState.RosterClosed(RosterSummary roster) -> participants(session, roster, null);
      case SessionState.Sharing(RosterSummary roster, Bytes _) ->
          participants(session, roster, null);
      case SessionState.Shared shared -> participants(session, shared.roster(), shared.sharers());
      case SessionState.Admitted _ -> admitted(round);
      case SessionState.Closed(RosterSummary roster) ->
          roster == null ? admitted(round) : participants(session, roster, null);
      case SessionState.Aborted aborted -> throw wasAborted(aborted);
    };
  }

  private Participants participants(
      Session session, RosterSummary summary, @Nullable BitSet sharers) {
    List<Participant> participants = new ArrayList<>();
    for (RosterMember member : rosters.roster(session, summary).members()) {
      participants.add(
          new Participant(
              participants.size(),
              member.advert().participantId(),
              member.advert().roundPublicKey(),
              member.advert()));
    }
    return new Participants(participants, participants.size(), sharers);
  }

  private Participants admitted(RoundId round) {
    List<Participant> participants = new ArrayList<>();
    for (Admission admission :
        store.inTransaction("list-admissions", records -> records.sessions().admissions(round))) {
      participants.add(
          new Participant(
              participants.size(), admission.participantId(), admission.roundPublicKey(), null));
    }
    return new Participants(participants, participants.size(), null);
  }

  /**
   * Opens the graph, which starts the share step. The same nonce again gives the same answer.
   *
   * @throws RefusedException if the nonce does not open the commitment, or the roster is still
   *     open, or the session is over
   */
  public GraphParameters openGraph(RoundId round, Bytes nonce) {
    nonce.requireSize("graph_nonce", GraphNonce.BYTES);
    Session session =
        change(
            "open-graph",
            round,
            (records, locked) -> {
              SecureAggregation secure = locked.rules().secureAggregation();
              if (secure == null) {
                throw RefusedException.conflict("The round runs without secure aggregation.");
              }
              if (!GraphNonce.opens(secure.graphNonceCommitment().toArray(), nonce.toArray())) {
                throw RefusedException.outOfRange(
                    "graph_nonce", null, "must open the commitment in the round parameters");
              }
              return switch (locked.state()) {
                case SessionState.Advertising _ ->
                    throw RefusedException.conflict("The roster of the round is still open.");
                case SessionState.RosterClosed(RosterSummary roster) ->
                    progress.move(records, locked, new SessionState.Sharing(roster, nonce));
                case SessionState.Sharing _, SessionState.Shared _, SessionState.Closed _ ->
                    Step.stay(locked);
                case SessionState.Admitted _ ->
                    throw new IllegalStateException("only without secure aggregation");
                case SessionState.Aborted aborted -> throw wasAborted(aborted);
              };
            });
    RosterSummary roster = session.state().rosterOrNull();
    if (roster == null) {
      throw RefusedException.conflict("The round was closed before its roster.");
    }
    return roster.graph();
  }

  /**
   * Ends a session and erases its shares and keys.
   *
   * @param abort null: the round was published
   * @throws RefusedException if the round has no session, or ended otherwise before
   */
  public void close(RoundId round, @Nullable Abort abort) {
    var unused =
        change(
            "close-session",
            round,
            (records, locked) -> {
              RosterSummary roster = locked.state().rosterOrNull();
              SessionState end =
                  abort == null
                      ? new SessionState.Closed(roster)
                      : new SessionState.Aborted(roster, abort, false);
              return switch (locked.state()) {
                case SessionState.Closed _ -> {
                  if (abort != null) {
                    throw RefusedException.conflict("The session was closed after publication.");
                  }
                  yield Step.stay(locked);
                }
                case SessionState.Aborted(RosterSummary _, Abort _, boolean expired) -> {
                  if (abort != null) {
                    yield Step.stay(locked);
                  }
                  if (!expired) {
                    throw RefusedException.conflict("The session was aborted.");
                  }
                  // The aggregator comes back late and knows better than the clock.
                  yield progress.move(records, locked, end);
                }
                case SessionState.Advertising _,
                    SessionState.RosterClosed _,
                    SessionState.Sharing _,
                    SessionState.Shared _,
                    SessionState.Admitted _ ->
                    progress.move(records, locked, end);
              };
            });
  }

  private Session change(
      String name, RoundId round, BiFunction<SessionRecords, Session, Step> body) {
    Step step =
        store.inTransaction(
            name,
            records ->
                body.apply(
                    records.sessions(),
                    records.sessions().lock(round).orElseThrow(Sessions::unknown)));
    progress.committed(step);
    return step.after();
  }

  private Session read(RoundId round) {
    return live.refresh(round).orElseThrow(Sessions::unknown);
  }

  private static RefusedException unknown() {
    return RefusedException.notFound("The round has no session.");
  }

  private static RefusedException wasAborted(SessionState.Aborted aborted) {
    return RefusedException.conflict("The session was aborted: " + aborted.abort().detail());
  }
}
