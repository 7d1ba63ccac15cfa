package com.octomil.privacy.device.transport;

/**
 * The public keys of one device for one round.
 *
 * @param participantId round-scoped pseudonym
 * @param maskPublicKey X25519; agrees on pairwise masks
 * @param sharePublicKey X25519; encrypts shares
 * @param selfMaskCommitment commitment to the self-mask seed
 * @param roundPublicKey Ed25519 key of the ticket
 * @param certificate of the device's long-lived key
 * @param signature Ed25519 by that key over the round hash and the first five fields
 */
public record Advert(
    Bytes participantId,
    Bytes maskPublicKey,
    Bytes sharePublicKey,
    Bytes selfMaskCommitment,
    Bytes roundPublicKey,
    DeviceCertificate certificate,
    Bytes signature) {}
