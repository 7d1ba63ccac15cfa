package com.octomil.privacy.aggregator.domain;

/**
 * A device of the roster under its pseudonym.
 *
 * @param index position in the roster
 * @param maskPublicKey X25519; empty without secure aggregation
 * @param selfMaskCommitment empty without secure aggregation
 * @param roundPublicKey Ed25519 key that signs what the device sends in this round
 * @param shared whether it may upload: it shared its secrets, or there are none
 */
public record Participant(
    int index,
    ParticipantId id,
    Octets maskPublicKey,
    Octets selfMaskCommitment,
    Octets roundPublicKey,
    boolean shared) {}
