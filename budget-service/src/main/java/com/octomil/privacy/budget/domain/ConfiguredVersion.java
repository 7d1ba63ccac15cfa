package com.octomil.privacy.budget.domain;

import java.time.Instant;
import java.util.Objects;
import java.util.Optional;

/**
 * A version of a federation with the configuration in force and its account.
 *
 * @param account spending of the version
 * @param configuration the configuration in force
 * @param committedInAllVersions rounds that ran in any version of the federation
 * @param change who put it in force, when and why
 */
public record ConfiguredVersion(
    VersionAccount account,
    PrivacyConfiguration configuration,
    RoundTally committedInAllVersions,
    Change change) {

  /** Refuses nulls. */
  public ConfiguredVersion {
    Objects.requireNonNull(account, "account");
    Objects.requireNonNull(configuration, "configuration");
    Objects.requireNonNull(committedInAllVersions, "committedInAllVersions");
    Objects.requireNonNull(change, "change");
  }

  /** Names the configuration in force. */
  public ConfigurationTag tag() {
    return new ConfigurationTag(account.version(), account.configuration());
  }

  /**
   * What all versions together have spent, at the delta and adjacency in force and never less than
   * this version has; empty without differential privacy.
   */
  public Optional<Epsilon> spentInAllVersions() {
    return account
        .budget()
        .map(terms ->
            Epsilon.max(
                account.spent(),
                Accounting.ofHeld(committedInAllVersions, terms).epsilon(committedInAllVersions)));
  }

  /**
   * Who changed something and when.
   *
   * @param by identifier of the API key
   * @param at when
   */
  public record Change(String by, Instant at) {}
}
