package com.octomil.privacy.aggregator.domain;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** Erasures. Every method is one transaction. Thread-safe. */
public interface ErasureStore {

  /**
   * Stores an erasure with the rounds that the relay named; one that exists for the pseudonym gets
   * the rounds that it lacks.
   *
   * @return identifier of the stored one
   */
  UUID record(
      FederationName federation,
      DeviceExclusion.Excluded excluded,
      String reason,
      String by,
      Instant now);

  /** One erasure. */
  Optional<Erasure> find(FederationName federation, UUID id);

  /** Erasures of a federation, newest first. */
  List<Erasure> list(FederationName federation, int limit);

  /** Keeps how a rebuild ended that made no version. */
  void impossible(UUID erasure, Erasure.Rebuild rebuild);

  /**
   * Stores a rebuilt version after the latest one.
   *
   * @param state what is stored of it: weights, moments and clipping norm
   * @return its number, or empty if {@code rebuild.fromVersion()} is not the latest any more
   */
  Optional<Integer> rebuilt(
      FederationName federation,
      UUID erasure,
      ModelName model,
      int fromVersion,
      List<RoundId> excluded,
      int replayed,
      ServerState state,
      Instant now);

  /** What is needed to apply a round's sum to a model again. */
  Optional<ReplayedRound> replay(RoundId id);

  /**
   * Erases the sums of rounds that were settled before {@code limit}, and moments that only they
   * could be applied to again; returns the number of sums.
   */
  int eraseAggregates(Instant limit);
}
