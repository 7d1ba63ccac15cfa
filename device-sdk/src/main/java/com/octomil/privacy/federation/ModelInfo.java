package com.octomil.privacy.federation;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A model and its versions.
 *
 * @param vectorLength number of coordinates
 * @param latestVersion from 1
 * @param sha256 of the latest version, hexadecimal
 */
public record ModelInfo(
    String federation,
    String name,
    int vectorLength,
    int latestVersion,
    String sha256,
    List<Version> versions) {

  /** One version; job and round are null for uploaded weights. */
  public record Version(
      int version,
      String sha256,
      @Nullable String jobId,
      @Nullable String roundId,
      @Nullable Integer roundNumber) {}
}
