package com.octomil.privacy.aggregator.domain;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.UUID;

/**
 * The exercised right to erasure of a data subject in one federation.
 *
 * @param pseudonym of its device in this federation
 * @param requestedBy identifier of an API key
 * @param rounds that the device was admitted to, oldest first
 * @param rebuilds of models without those rounds, oldest first
 */
public record Erasure(
    UUID id,
    FederationName federation,
    String pseudonym,
    String reason,
    String requestedBy,
    Instant requestedAt,
    List<Attended> rounds,
    List<Rebuild> rebuilds) {

  /** Copies the lists. */
  public Erasure {
    rounds = List.copyOf(rounds);
    rebuilds = List.copyOf(rebuilds);
  }

  /**
   * A round that the device was admitted to.
   *
   * @param counted whether an update of the device is in its sum
   * @param round how the round went; empty if this aggregator does not know it
   */
  public record Attended(RoundId id, Instant admittedAt, boolean counted, Optional<Round> round) {

    /** Whether the device had a part in a model version. */
    public boolean inModel() {
      return counted && round.isPresent() && round.get().state().published();
    }
  }

  /**
   * What the aggregator knows of the round.
   *
   * @param publishedVersion version of the model that it made
   * @param aggregateRetained whether its sum is still there to rebuild from
   */
  public record Round(
      JobId job,
      ModelName model,
      int number,
      RoundState state,
      OptionalInt publishedVersion,
      boolean aggregateRetained) {}

  /**
   * A model that was rebuilt, or could not be.
   *
   * @param fromVersion latest version before
   * @param excluded rounds of that version that the new one is without
   */
  public record Rebuild(
      ModelName model,
      int fromVersion,
      List<RoundId> excluded,
      RebuildOutcome outcome,
      Instant createdAt) {

    /** Copies the list. */
    public Rebuild {
      excluded = List.copyOf(excluded);
    }
  }

  /** How a rebuild ended. */
  public sealed interface RebuildOutcome {

    /**
     * There is a new version.
     *
     * @param replayed rounds whose sums were applied again
     */
    record Made(int version, int replayed) implements RebuildOutcome {}

    /** It cannot be done. */
    record Impossible(String problem) implements RebuildOutcome {}
  }
}
