package com.octomil.privacy.aggregator.domain;

import java.time.Instant;
import java.util.Optional;

/** A sequence of rounds on one model. */
public record TrainingJob(
    JobId id,
    FederationName federation,
    ModelName model,
    TrainingPlan plan,
    JobState state,
    Optional<String> reason,
    int roundsCompleted,
    Instant createdAt,
    Instant updatedAt) {}
