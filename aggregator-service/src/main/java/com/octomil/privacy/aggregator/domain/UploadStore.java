package com.octomil.privacy.aggregator.domain;

import java.time.Instant;
import java.util.BitSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * What devices upload, and who is in the sum. Every method is one transaction, conditional on the
 * state of the round. Thread-safe.
 */
public interface UploadStore {

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

  /**
   * Total of all batches of a group modulo 2^ringBits; empty if they have been erased meanwhile,
   * because the round is over.
   */
  Optional<int[]> total(RoundId id, int group, int length, int ringBits);
}
