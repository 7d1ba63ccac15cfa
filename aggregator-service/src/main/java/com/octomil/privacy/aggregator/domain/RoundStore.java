package com.octomil.privacy.aggregator.domain;

import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.UUID;

/**
 * Rounds from their beginning to their end. Every method is one transaction, and every change of
 * state is conditional on the state before, so callers on several replicas cannot both make it.
 * Thread-safe.
 */
public interface RoundStore {

  /** Records an attempt, RESERVING. */
  void begin(RoundAttempt attempt, Instant now);

  /** Records the reservation of a RESERVING round. */
  boolean reserved(RoundId id, String reservationId, Instant now);

  /** Forgets an attempt that was refused before anything happened. */
  void discard(RoundId id);

  /** RESERVING to OPEN. */
  boolean open(OpenRound round, Instant now);

  /** How far a round is. */
  Optional<RoundStatus> status(RoundId id);

  /** All attempts of a job, by number and attempt. */
  List<RoundStatus> ofJob(JobId job);

  /** Attempts of a job that are unfinished, or of which budget and relay do not know the end. */
  List<RoundStatus> unsettled(JobId job);

  /** The fixed part of an opened round. */
  Optional<OpenRound> opened(RoundId id);

  /** The roster, once uploading has started. */
  Optional<Roster> roster(RoundId id);

  /** OPEN to UPLOADING, with the roster. */
  boolean startUploads(RoundId id, Roster roster, int checkedIn, Instant now);

  /** Moves on by one state; with UNMASKING the round counts as unmasked. */
  boolean advance(RoundId id, RoundState from, RoundState to, Instant now);

  /**
   * What a round publishes.
   *
   * @param aggregate int64 little-endian
   * @param model the new version
   * @param totalWeight sum of the weights, if they were counted
   * @param moments that belong to the new version
   * @param kept values behind each coordinate of a robust aggregation
   * @param bits released clipping bits, with adaptive clipping
   * @param norm of the job's next round, with adaptive clipping
   */
  record Publication(
      byte[] aggregate,
      byte[] model,
      OptionalLong totalWeight,
      Optional<Moments> moments,
      OptionalInt kept,
      Optional<ClippingBits> bits,
      Optional<ClippingNorm> norm) {}

  /**
   * UNMASKING to PUBLISHED: stores aggregate and new model version, counts the round for its job,
   * erases sums and shares.
   *
   * @return the new version, or empty if the round was not UNMASKING any more
   */
  Optional<Integer> publish(RoundAttempt attempt, Publication publication, Instant now);

  /** PUBLISHED to COMMITTED. */
  boolean committed(RoundId id, BigDecimal epsilonSpent, Instant now);

  /** Any unfinished state to ABORTED; erases sums and shares. */
  boolean abort(RoundId id, Abort abort, Instant now);

  /**
   * The same for the driver of the round's job: nothing happens if the lease on the job is not
   * {@code lease} any more.
   */
  boolean abortUnderLease(RoundId id, UUID lease, Abort abort, Instant now);

  /** Records that budget and relay know how the round ended. */
  void settle(RoundId id, Optional<BigDecimal> epsilonSpent, Instant now);

  /** The released aggregate, int64 little-endian. */
  Optional<byte[]> aggregate(RoundId id);
}
