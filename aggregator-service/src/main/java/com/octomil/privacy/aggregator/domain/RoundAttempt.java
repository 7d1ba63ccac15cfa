package com.octomil.privacy.aggregator.domain;

/**
 * Which round of which job an attempt is for.
 *
 * @param number round number within the job, from 1
 * @param attempt from 1
 * @param modelVersion the version that devices train on
 */
public record RoundAttempt(
    RoundId id,
    JobId job,
    FederationName federation,
    ModelName model,
    int number,
    int attempt,
    int modelVersion) {}
