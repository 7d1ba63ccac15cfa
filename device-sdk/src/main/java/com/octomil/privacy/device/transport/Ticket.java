package com.octomil.privacy.device.transport;

import java.time.Instant;

/**
 * Admission of one device to one round. The fields after the signature are what {@code content}
 * says.
 *
 * @param content the bytes that the relay signed
 * @param signature Ed25519 by the session's ticket key
 * @param roundId of the round
 * @param roundHash hash of the round's parameters
 * @param participantId round-scoped pseudonym of the device, 16 bytes
 * @param roundPublicKey the Ed25519 key that the device made for this round
 * @param expiresAt end of the ticket's life
 */
public record Ticket(
    Bytes content,
    Bytes signature,
    Bytes roundId,
    Bytes roundHash,
    Bytes participantId,
    Bytes roundPublicKey,
    Instant expiresAt) {}
