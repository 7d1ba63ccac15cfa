package com.octomil.privacy.relay.domain;

import org.jspecify.annotations.Nullable;

/**
 * A participant as the aggregator may know it.
 *
 * @param advert null without secure aggregation
 */
public record Participant(
    int index, ParticipantId participantId, Bytes roundPublicKey, @Nullable Advert advert) {}
