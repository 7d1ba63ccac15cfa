package com.octomil.privacy.aggregator.domain;

import java.time.Instant;
import java.util.Optional;

/**
 * A sequence of rounds on one model.
 *
 * @param pauseRequested whether it pauses once the round that runs is over
 */
public record TrainingJob(
    JobId id,
    FederationName federation,
    ModelName model,
    TrainingPlan plan,
    JobState state,
    Optional<String> reason,
    boolean pauseRequested,
    int roundsCompleted,
    Instant createdAt,
    Instant updatedAt) {}
