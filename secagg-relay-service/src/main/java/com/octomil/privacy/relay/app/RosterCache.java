package com.octomil.privacy.relay.app;

import com.octomil.privacy.relay.domain.Bytes;
import com.octomil.privacy.relay.domain.RelayStore;
import com.octomil.privacy.relay.domain.Roster;
import com.octomil.privacy.relay.domain.RosterSummary;
import com.octomil.privacy.relay.domain.RoundId;
import com.octomil.privacy.relay.domain.Session;
import com.octomil.privacy.secagg.graph.NeighbourGraph;
import jakarta.inject.Singleton;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.jspecify.annotations.Nullable;

/**
 * Rosters and graphs of running sessions, computed once per replica and forgotten with the session.
 * Thread-safe.
 */
@Singleton
class RosterCache {

  private final RelayStore store;
  private final ConcurrentMap<RoundId, Closed> closed = new ConcurrentHashMap<>();

  RosterCache(RelayStore store) {
    this.store = store;
  }

  /** A roster with, from the share step on, its graph. */
  private final class Closed {
    private final Session session;
    private final RosterSummary summary;
    private @Nullable Roster roster;
    private @Nullable NeighbourGraph graph;

    Closed(Session session, RosterSummary summary) {
      this.session = session;
      this.summary = summary;
    }

    synchronized Roster roster() {
      Roster known = roster;
      if (known == null) {
        known =
            store.inTransaction(
                "load-roster",
                records ->
                    Roster.of(session.roundHash(), records.sessions().adverts(session.roundId())));
        if (!known.root().equals(summary.root())) {
          throw new IllegalStateException(
              "the stored adverts of round " + session.roundId() + " do not hash to its root");
        }
        roster = known;
      }
      return known;
    }

    synchronized NeighbourGraph graph(Bytes nonce) {
      NeighbourGraph known = graph;
      if (known == null) {
        known = NeighbourGraph.of(nonce.toArray(), summary.root().toArray(), summary.graph());
        graph = known;
      }
      return known;
    }
  }

  /** The roster of a session whose roster is closed. */
  Roster roster(Session session, RosterSummary summary) {
    return of(session, summary).roster();
  }

  /** The graph of a session whose nonce is open. */
  NeighbourGraph graph(Session session, RosterSummary summary, Bytes nonce) {
    return of(session, summary).graph(nonce);
  }

  /** Forgets all sessions but these. */
  void retain(Set<RoundId> running) {
    closed.keySet().retainAll(running);
  }

  private Closed of(Session session, RosterSummary summary) {
    if (session.phase().isOver()) {
      // Rarely asked for, and nobody would forget it again.
      return new Closed(session, summary);
    }
    return closed.computeIfAbsent(session.roundId(), _ -> new Closed(session, summary));
  }
}
