package com.octomil.privacy.aggregator.domain;

/**
 * How replicas store what devices upload in clear: readable for the driver of the round only.
 *
 * @param publicKey of the {@link SealKey} in the driver's memory
 * @param separately whether the updates of a batch are kept apart; else it is their sum
 */
public record Sealing(Octets publicKey, boolean separately) {}
