package com.octomil.privacy.budget.domain;

import java.time.Instant;
import java.util.Objects;

/**
 * A version of a federation with the configuration in force and its account.
 *
 * @param account spending of the version
 * @param configuration the configuration in force
 * @param change who put it in force, when and why
 */
public record ConfiguredVersion(
    VersionAccount account, PrivacyConfiguration configuration, Change change) {

  /** Refuses nulls. */
  public ConfiguredVersion {
    Objects.requireNonNull(account, "account");
    Objects.requireNonNull(configuration, "configuration");
    Objects.requireNonNull(change, "change");
  }

  /**
   * Who changed something and when.
   *
   * @param by identifier of the API key
   * @param at when
   */
  public record Change(String by, Instant at) {}
}
