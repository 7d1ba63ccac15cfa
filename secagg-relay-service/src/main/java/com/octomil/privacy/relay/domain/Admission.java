package com.octomil.privacy.relay.domain;

import java.time.Instant;
import java.util.Objects;
import java.util.UUID;

/**
 * That a device checked in to a round, and under which pseudonym. This is the only place where the
 * two meet, and it never leaves the relay.
 */
public record Admission(
    RoundId roundId,
    ParticipantId participantId,
    UUID deviceId,
    Bytes roundPublicKey,
    Ticket ticket,
    Instant admittedAt) {

  /** Checks presence. */
  public Admission {
    Objects.requireNonNull(roundId, "roundId");
    Objects.requireNonNull(participantId, "participantId");
    Objects.requireNonNull(deviceId, "deviceId");
    roundPublicKey.requireSize("round_public_key", 32);
    Objects.requireNonNull(ticket, "ticket");
    Objects.requireNonNull(admittedAt, "admittedAt");
  }

  /** Names only the round. */
  @Override
  public String toString() {
    return "Admission[" + roundId + "]";
  }
}
