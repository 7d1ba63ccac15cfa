package com.octomil.privacy.aggregator.domain;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * A model and the versions it went through.
 *
 * @param vectorLength number of coordinates
 * @param versions by rising version, from 1
 */
public record Model(
    FederationName federation,
    ModelName name,
    int vectorLength,
    Instant createdAt,
    List<Version> versions) {

  /**
   * One version.
   *
   * @param madeBy the round that made it; empty for uploaded and for rebuilt weights
   * @param rebuilt how it was rebuilt; empty for all others
   */
  public record Version(
      int version,
      Octets sha256,
      Instant createdAt,
      Optional<Lineage> madeBy,
      Optional<Rebuilt> rebuilt) {}

  /**
   * A version that was rebuilt without some rounds.
   *
   * @param fromVersion the version that it replaces
   * @param excluded rounds of that version that are not in it
   */
  public record Rebuilt(int fromVersion, List<RoundId> excluded) {
    public Rebuilt {
      excluded = List.copyOf(excluded);
    }
  }

  /**
   * A model at a glance.
   *
   * @param sha256 of the latest version
   */
  public record Summary(
      ModelName name, int vectorLength, int latestVersion, Octets sha256, Instant createdAt) {}

  /** The round behind a version. */
  public record Lineage(JobId job, RoundId round, int roundNumber) {}

  public Model {
    versions = List.copyOf(versions);
    if (versions.isEmpty()) {
      throw new IllegalArgumentException("a model has at least one version");
    }
  }

  public Version latest() {
    return versions.getLast();
  }
}
