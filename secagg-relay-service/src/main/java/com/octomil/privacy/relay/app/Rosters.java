package com.octomil.privacy.relay.app;

import com.octomil.privacy.relay.domain.Bytes;
import com.octomil.privacy.relay.domain.Fetch;
import com.octomil.privacy.relay.domain.RefusedException;
import com.octomil.privacy.relay.domain.Roster;
import com.octomil.privacy.relay.domain.RosterEntry;
import com.octomil.privacy.relay.domain.RosterSummary;
import com.octomil.privacy.relay.domain.Session;
import com.octomil.privacy.relay.domain.SessionPhase;
import com.octomil.privacy.relay.domain.SessionState;
import com.octomil.privacy.relay.domain.Ticket;
import com.octomil.privacy.secagg.graph.NeighbourGraph;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;

/** Shows devices the part of the closed roster that concerns them. Thread-safe. */
@Singleton
public class Rosters {

  /** When to ask again after a long poll that ended without the phase. */
  static final Duration RETRY = Duration.ofMillis(50);

  private final TicketGate gate;
  private final LiveSessions live;
  private final RosterCache cache;

  Rosters(TicketGate gate, LiveSessions live, RosterCache cache) {
    this.gate = gate;
    this.live = live;
    this.cache = cache;
  }

  /** A device's own entry, its neighbours' and the opened graph. */
  public record View(
      RosterSummary roster, Bytes graphNonce, RosterEntry self, List<RosterEntry> neighbours) {
    /** Copies the list. */
    public View {
      neighbours = List.copyOf(neighbours);
    }
  }

  /**
   * Waits up to {@code wait} for the graph to be opened and shows the device its neighbourhood.
   *
   * @throws RefusedException if the ticket does not hold
   */
  public Fetch<View> rosterFor(Ticket ticket, Duration wait) {
    TicketGate.Entry entry = gate.enter(ticket);
    Session session =
        live.await(
            entry.session(),
            now ->
                now.phase() != SessionPhase.ADVERTISE && now.phase() != SessionPhase.ROSTER_CLOSED,
            wait);
    return switch (session.state()) {
      case SessionState.Advertising _, SessionState.RosterClosed _ -> new Fetch.Pending<>(RETRY);
      case SessionState.Sharing(RosterSummary roster, Bytes nonce) ->
          view(session, entry, roster, nonce);
      case SessionState.Shared shared -> view(session, entry, shared.roster(), shared.graphNonce());
      case SessionState.Admitted _, SessionState.Closed _ -> new Fetch.Late<>("share");
      case SessionState.Aborted aborted -> new Fetch.Aborted<>(aborted.abort());
    };
  }

  private Fetch<View> view(
      Session session, TicketGate.Entry entry, RosterSummary summary, Bytes nonce) {
    Roster roster = cache.roster(session, summary);
    OptionalInt own = roster.indexOf(entry.ticket().participantId());
    if (own.isEmpty()) {
      return new Fetch.Late<>("advertise");
    }
    NeighbourGraph graph = cache.graph(session, summary, nonce);
    List<RosterEntry> neighbours =
        Arrays.stream(graph.neighbours(own.getAsInt())).mapToObj(roster::entry).toList();
    return new Fetch.Ready<>(new View(summary, nonce, roster.entry(own.getAsInt()), neighbours));
  }
}
