package com.octomil.privacy.relay.domain;

import java.time.Instant;

/** A round that a device was admitted to, and under which name it is known there. */
public record Attended(RoundId round, ParticipantId participant, Instant admittedAt) {}
