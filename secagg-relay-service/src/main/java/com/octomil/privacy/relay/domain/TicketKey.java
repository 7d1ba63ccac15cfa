package com.octomil.privacy.relay.domain;

import com.octomil.privacy.secagg.keyagreement.SigningKeyPair;
import com.octomil.privacy.secagg.wire.Transcripts;

/** Signs and verifies the tickets of one session (Ed25519). */
public final class TicketKey {

  private TicketKey() {}

  /** The public key for a seed of 32 bytes. */
  public static Bytes publicKey(Bytes seed) {
    return Bytes.of(SigningKeyPair.fromSeed(seed.toArray()).publicKey());
  }

  /** Signs the serialized claims of a ticket. */
  public static Ticket sign(Bytes seed, Bytes content) {
    return new Ticket(
        content,
        Bytes.of(
            SigningKeyPair.fromSeed(seed.toArray()).sign(Transcripts.ticket(content.toArray()))));
  }

  /** Whether the session with this public key issued the ticket. */
  public static boolean isValid(Ticket ticket, Bytes publicKey) {
    return SigningKeyPair.verify(
        publicKey.toArray(),
        Transcripts.ticket(ticket.content().toArray()),
        ticket.signature().toArray());
  }
}
