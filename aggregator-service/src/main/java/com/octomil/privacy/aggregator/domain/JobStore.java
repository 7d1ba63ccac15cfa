package com.octomil.privacy.aggregator.domain;

import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/** Training jobs. Every method is one transaction. Thread-safe. */
public interface JobStore {

  /**
   * Stores a PENDING job.
   *
   * @return false, and nothing is stored, if the federation has an active job
   */
  boolean create(TrainingJob job);

  Optional<TrainingJob> find(FederationName federation, JobId id);

  /** The federation's jobs, newest first. */
  List<TrainingJob> list(FederationName federation, int limit);

  /**
   * Moves a job from one of {@code from} to {@code to}.
   *
   * @return false if it was in another state
   */
  boolean transition(
      JobId id, Set<JobState> from, JobState to, Optional<String> reason, Instant now);

  /**
   * Pauses a PENDING job at once, and a RUNNING one once its driver has ended the round.
   *
   * @return false, and nothing is changed, if it is in another state
   */
  boolean requestPause(JobId id, String reason, Instant now);

  /**
   * Resumes a PAUSED job.
   *
   * @return false if it is not paused or the federation has an active job
   */
  boolean resume(JobId id, Instant now);

  /**
   * Takes active jobs that nobody drives, at most {@code limit}, under a lease, and makes them
   * RUNNING.
   */
  List<TrainingJob> claim(UUID token, Instant now, Instant leaseUntil, int limit);

  /**
   * Prolongs leases; returns the jobs for which that succeeded, and whether each is still active.
   */
  Map<JobId, Boolean> renew(UUID token, Collection<JobId> jobs, Instant leaseUntil);

  /** Gives leases up, so that another driver may claim at once. */
  void giveUp(UUID token, Collection<JobId> jobs);
}
