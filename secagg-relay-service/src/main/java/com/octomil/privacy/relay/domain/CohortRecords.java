package com.octomil.privacy.relay.domain;

import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/** Whose updates to which model were summed. */
public interface CohortRecords {

  /** Keeps others from adding sums of a federation until the transaction ends. */
  void lock(FederationName federation);

  /**
   * The earlier sum over a model that {@code devices} is closest to, if that is too close: it
   * differs by at least one device and by fewer than either round's minimum of survivors.
   *
   * @param round the round in question, which is not compared with itself
   */
  Optional<CohortDifference> tooClose(
      FederationName federation, Bytes modelHash, RoundId round, Set<UUID> devices, int minimum);

  /**
   * Remembers a sum.
   *
   * @return false, without effect, if the round has been summed over other devices
   */
  boolean remember(
      FederationName federation, Bytes modelHash, RoundId round, Set<UUID> devices, Instant now);
}
