package com.octomil.privacy.aggregator.app;

import com.octomil.privacy.aggregator.domain.Octets;
import com.octomil.privacy.aggregator.domain.ParticipantId;
import com.octomil.privacy.aggregator.domain.RoundId;
import java.time.Instant;

/**
 * A ticket as a device presents it; nothing in it is believed before {@link TicketCheck}.
 *
 * @param content the signed octets, from which the other components were parsed
 */
public record Ticket(
    Octets content,
    Octets signature,
    RoundId round,
    Octets roundHash,
    ParticipantId participant,
    Octets roundPublicKey,
    Instant expiresAt) {}
