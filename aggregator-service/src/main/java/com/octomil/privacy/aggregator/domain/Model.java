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
   * @param madeBy the round that made it; empty for uploaded weights
   */
  public record Version(int version, Octets sha256, Instant createdAt, Optional<Lineage> madeBy) {}

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
