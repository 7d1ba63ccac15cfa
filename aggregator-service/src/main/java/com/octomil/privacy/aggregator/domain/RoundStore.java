package com.octomil.privacy.aggregator.domain;

import java.math.BigDecimal;
import java.time.Instant;
import java.util.BitSet;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;

/**
 * Rounds and what devices sent for them. Every method is one transaction, and every change of state
 * is conditional on the state before, so callers on several replicas cannot both make it.
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

  /** Digest of the upload of one device that is in the sum. */
  Optional<Octets> contribution(RoundId id, int index);

  /** Number of uploads in the sum so far. */
  int contributionCount(RoundId id);

  /** What became of a group commit. */
  sealed interface Batch {
    /**
     * Durable. {@code earlier}: contributors that were in the sum before, with the digest of what
     * they had sent.
     */
    record Committed(Map<Integer, Octets> earlier) implements Batch {}

    /** Uploading is over; nothing was added. */
    record Closed() implements Batch {}
  }

  /**
   * Adds uploads to the sum of an UPLOADING round in one durable step. A contributor that is
   * already in the sum is left out.
   *
   * @param group group of all these contributors; 0 without groups
   * @param uploads at most one for each index
   * @param sum adds up the uploads with these indices, int32 little-endian
   */
  Batch append(
      RoundId id,
      int group,
      Map<Integer, Octets> uploads,
      Function<Set<Integer>, byte[]> sum,
      Instant now);

  /**
   * Ends uploading: fixes the survivors and moves to {@code next}, or to ABORTED if {@code verdict}
   * says so. What groups that are left out sent is erased.
   *
   * @param verdict over those who contributed
   * @return the verdict, or empty if the round was not UPLOADING
   */
  Optional<SurvivorVerdict> closeUploads(
      RoundId id,
      int rosterSize,
      RoundState next,
      Function<BitSet, SurvivorVerdict> verdict,
      Instant now);

  /**
   * Goes on without groups of a REVEALING round: what they sent is erased, and the survivors are
   * those of {@code verdict}.
   *
   * @param verdict one that goes on
   * @return false if the round was not REVEALING
   */
  boolean leaveOut(RoundId id, int rosterSize, SurvivorVerdict verdict, Instant now);

  /** Groups that a round goes on without, with the reason. */
  Map<Integer, Abort> leftOut(RoundId id);

  /** Stores a confirmation of the survivor set; false if signing is over. */
  boolean sign(RoundId id, int index, Octets signature, Instant now);

  /** Confirmations so far, by roster index; all if {@code indices} is empty. */
  Map<Integer, Octets> signatures(RoundId id, Optional<Collection<Integer>> indices);

  /** Roster indices of those who confirmed. */
  BitSet signers(RoundId id);

  /** Answer to {@link #reveal}. */
  enum Revealing {
    STORED,
    /** The same had been revealed before. */
    REPEATED,
    /** Something else had been revealed before; nothing was changed. */
    DIFFERENT,
    /** Revealing is over. */
    CLOSED
  }

  /** Stores all shares that one device reveals. */
  Revealing reveal(
      RoundId id, int holder, Octets itemsSha256, List<RevealedShare> shares, Instant now);

  /** Roster indices of those who revealed. */
  BitSet revealers(RoundId id);

  List<RevealedShare> revealedShares(RoundId id);

  /** Records what was found out about devices of a round; what is recorded already stands. */
  void recordFaults(RoundId id, List<Fault> faults);

  /** What was found out about devices of the rounds of a job. */
  Map<RoundId, List<Fault>> faults(JobId job);

  /** Moves on by one state; with UNMASKING the round counts as unmasked. */
  boolean advance(RoundId id, RoundState from, RoundState to, Instant now);

  /**
   * Total of all batches of a group modulo 2^ringBits; empty if they have been erased meanwhile,
   * because the round is over.
   */
  Optional<int[]> total(RoundId id, int group, int length, int ringBits);

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
