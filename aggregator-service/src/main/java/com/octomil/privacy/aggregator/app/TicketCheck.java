package com.octomil.privacy.aggregator.app;

import com.octomil.privacy.aggregator.domain.Octets;
import com.octomil.privacy.aggregator.domain.OpenRound;
import com.octomil.privacy.aggregator.domain.Participant;
import com.octomil.privacy.aggregator.domain.Roster;
import com.octomil.privacy.aggregator.domain.RoundState;
import com.octomil.privacy.aggregator.domain.RoundStatus;
import com.octomil.privacy.kit.error.ErrorCode;
import com.octomil.privacy.kit.error.ServiceException;
import com.octomil.privacy.secagg.keyagreement.SigningKeyPair;
import com.octomil.privacy.secagg.wire.Transcripts;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * Decides which device a call comes from: the relay's signature on the ticket says so. Thread-safe.
 */
@ApplicationScoped
public class TicketCheck {
  /** The relay may admit devices a moment before the round is durable here. */
  private static final Duration OPENING = Duration.ofSeconds(5);

  private final RoundDirectory directory;
  private final RoundSignals signals;
  private final Clock clock;

  TicketCheck(RoundDirectory directory, RoundSignals signals, Clock clock) {
    this.directory = directory;
    this.signals = signals;
    this.clock = clock;
  }

  /** A device that holds a good ticket for a round. */
  public record Holder(OpenRound round, Ticket ticket) {

    /** Whether {@code signature} over {@code message} was made with the round key of the ticket. */
    boolean signed(byte[] message, Octets signature) {
      return SigningKeyPair.verify(ticket.roundPublicKey().toArray(), message, signature.toArray());
    }
  }

  /**
   * Verifies signature, round and expiry.
   *
   * @throws ServiceException {@code NOT_FOUND} for an unknown round, {@code UNAUTHENTICATED} for a
   *     ticket that is not good
   */
  public Holder verify(Ticket ticket) {
    OpenRound round = opened(ticket);
    if (!SigningKeyPair.verify(
        round.ticketKey().toArray(),
        Transcripts.ticket(ticket.content().toArray()),
        ticket.signature().toArray())) {
      throw new ServiceException(
          ErrorCode.UNAUTHENTICATED, "The ticket is not signed by the relay of this round.");
    }
    if (!ticket.roundHash().equals(Octets.of(round.roundHash().bytes()))) {
      throw new ServiceException(
          ErrorCode.UNAUTHENTICATED, "The ticket is for other round parameters.");
    }
    if (!clock.instant().isBefore(ticket.expiresAt())) {
      throw new ServiceException(
          ErrorCode.UNAUTHENTICATED, "The ticket expired at " + ticket.expiresAt() + ".");
    }
    return new Holder(round, ticket);
  }

  /**
   * The roster entry of a ticket's holder.
   *
   * @throws ServiceException {@code FORBIDDEN} if the device is not on the roster under the key of
   *     its ticket
   */
  public Participant participant(Holder holder, Roster roster) {
    return roster
        .find(holder.ticket().participant())
        .filter(
            participant -> participant.roundPublicKey().equals(holder.ticket().roundPublicKey()))
        .orElseThrow(() ->
            new ServiceException(
                ErrorCode.FORBIDDEN, "The device is not on the roster of this round."));
  }

  private OpenRound opened(Ticket ticket) {
    Instant until = clock.instant().plus(OPENING);
    while (true) {
      long seen = signals.version(ticket.round(), RoundSignals.Topic.PHASE);
      Optional<OpenRound> round = directory.opened(ticket.round());
      if (round.isPresent()) {
        return round.get();
      }
      RoundStatus status =
          directory
              .status(ticket.round())
              .orElseThrow(
                  () -> new ServiceException(ErrorCode.NOT_FOUND, "There is no such round."));
      if (status.state() != RoundState.RESERVING) {
        // It may have been opened between the two questions.
        return directory
            .opened(ticket.round())
            .orElseThrow(
                () -> new ServiceException(ErrorCode.NOT_FOUND, "The round was never opened."));
      }
      if (!clock.instant().isBefore(until)) {
        throw new ServiceException(
            ErrorCode.UNAVAILABLE, "The round is still being opened; try again.");
      }
      signals.await(ticket.round(), RoundSignals.Topic.PHASE, seen, RoundDirectory.FRESH);
    }
  }
}
