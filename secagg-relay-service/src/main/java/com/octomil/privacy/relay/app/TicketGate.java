package com.octomil.privacy.relay.app;

import com.octomil.privacy.relay.domain.RefusedException;
import com.octomil.privacy.relay.domain.Session;
import com.octomil.privacy.relay.domain.SignedContents;
import com.octomil.privacy.relay.domain.Ticket;
import com.octomil.privacy.relay.domain.TicketClaims;
import com.octomil.privacy.relay.domain.TicketKey;
import com.octomil.privacy.secagg.RoundHash;
import jakarta.inject.Singleton;
import java.time.Clock;

/** Lets devices with a ticket of this relay into the session it is for. Thread-safe. */
@Singleton
class TicketGate {

  private final LiveSessions live;
  private final SignedContents contents;
  private final Clock clock;

  TicketGate(LiveSessions live, SignedContents contents, Clock clock) {
    this.live = live;
    this.contents = contents;
    this.clock = clock;
  }

  /** A verified ticket and its session. */
  record Entry(Session session, TicketClaims ticket) {}

  /**
   * Verifies a ticket of a round with secure aggregation.
   *
   * @throws RefusedException if it was not issued here for a known session, has expired, or the
   *     round has no such step
   */
  Entry enter(Ticket ticket) {
    TicketClaims claims = contents.readTicket(ticket.content());
    Session session = live.find(claims.roundId()).orElseThrow(TicketGate::notOurs);
    if (!TicketKey.isValid(ticket, session.ticketKey())
        || !new RoundHash(claims.roundHash().toArray()).equals(session.roundHash())) {
      throw notOurs();
    }
    if (clock.instant().isAfter(claims.expiresAt())) {
      throw RefusedException.unauthenticated("ticket: has expired; check in to another round");
    }
    if (session.rules().secureAggregation() == null) {
      throw RefusedException.conflict(
          "The round runs without secure aggregation; upload to the aggregator.");
    }
    return new Entry(session, claims);
  }

  private static RefusedException notOurs() {
    return RefusedException.unauthenticated("ticket: was not issued by this relay for this round");
  }
}
