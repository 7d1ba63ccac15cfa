package com.octomil.privacy.aggregator.domain;

import java.util.Optional;

/** Progress of jobs, cheap enough to be asked for often. Thread-safe. */
public interface ProgressStore {

  /** How far a job is, with the attempts at the rounds from {@code fromRound} on. */
  Optional<JobProgress> progress(FederationName federation, JobId id, int fromRound);
}
