package com.octomil.privacy.relay.domain;

import java.time.Instant;
import java.util.Objects;

/**
 * What a ticket says.
 *
 * @param roundHash 32 bytes
 * @param roundPublicKey Ed25519 key that the device made for this round, 32 bytes
 * @param expiresAt to the millisecond
 */
public record TicketClaims(
    RoundId roundId,
    Bytes roundHash,
    ParticipantId participantId,
    Bytes roundPublicKey,
    Instant expiresAt) {

  /** Checks the lengths. */
  public TicketClaims {
    Objects.requireNonNull(roundId, "roundId");
    roundHash.requireSize("ticket.round_hash", 32);
    Objects.requireNonNull(participantId, "participantId");
    roundPublicKey.requireSize("ticket.round_public_key", 32);
    Objects.requireNonNull(expiresAt, "expiresAt");
  }
}
