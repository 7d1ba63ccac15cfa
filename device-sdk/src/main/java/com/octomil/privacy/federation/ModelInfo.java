package com.octomil.privacy.federation;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A model and its versions.
 *
 * @param federation name of the federation
 * @param name of the model
 * @param vectorLength number of coordinates
 * @param latestVersion from 1
 * @param sha256 of the latest version, hexadecimal
 * @param versions by rising version, from 1
 */
public record ModelInfo(
    String federation,
    String name,
    int vectorLength,
    int latestVersion,
    String sha256,
    List<Version> versions) {

  /**
   * One version; job and round are null for uploaded weights.
   *
   * @param version from 1
   * @param sha256 of the weights, hexadecimal
   * @param jobId the job that made it; null for uploaded and rebuilt weights
   * @param roundId the round that made it; null for uploaded and rebuilt weights
   * @param roundNumber of the round within its job; null without one
   */
  public record Version(
      int version,
      String sha256,
      @Nullable String jobId,
      @Nullable String roundId,
      @Nullable Integer roundNumber) {}
}
