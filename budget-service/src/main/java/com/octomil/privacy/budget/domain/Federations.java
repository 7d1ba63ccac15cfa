package com.octomil.privacy.budget.domain;

import com.octomil.privacy.budget.domain.ConfiguredVersion.Change;
import java.math.BigDecimal;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Where federations, their versions and their configurations are kept. Configurations are never
 * altered or removed.
 */
public interface Federations {

  /**
   * Creates a federation with version 1 and no configuration.
   *
   * @return empty if it exists already
   */
  Optional<Federation> create(FederationName name, Change change);

  /** A federation. */
  Optional<Federation> find(FederationName name);

  /** All federations by name. */
  List<Federation> all();

  /**
   * Puts a configuration in force in the current version, creating the federation if needed. The
   * check of {@link ConfigurationChange} and the write are one transaction, in which nobody else
   * reserves or commits.
   *
   * @param precondition what must hold for the configuration in force; empty: there is none
   */
  SaveOutcome configure(
      FederationName name,
      PrivacyConfiguration configuration,
      Predicate<Optional<ConfigurationTag>> precondition,
      Change change);

  /**
   * What {@link #configure} would answer, as of one instant; changes nothing.
   *
   * @param precondition as there
   */
  SaveOutcome preview(
      FederationName name,
      PrivacyConfiguration configuration,
      Predicate<Optional<ConfigurationTag>> precondition,
      Change change);

  /**
   * Adds to the budget of the current version, which is a change of its configuration.
   *
   * @param epsilon how much; above 0
   */
  SaveOutcome allocate(
      FederationName name,
      BigDecimal epsilon,
      String reason,
      Predicate<Optional<ConfigurationTag>> precondition,
      Change change);

  /** Everything that was ever in force, oldest first. */
  List<ConfigurationRecord> history(FederationName name);

  /** Everything that was ever added to a budget, oldest first. */
  List<Allocation> allocations(FederationName name);

  /**
   * The current version with its configuration and account, as of one instant; empty if there is
   * none.
   */
  Optional<ConfiguredVersion> current(FederationName name);

  /** A configuration that was in force once; empty if there is none of that number. */
  Optional<PrivacyConfiguration> configuration(FederationName name, int version, int number);

  /**
   * Opens the next version with a copy of the current configuration.
   *
   * @return empty if there is no such federation
   */
  Optional<Federation> openVersion(FederationName name, String reason, Change change);

  /**
   * Reservations of a version, oldest first.
   *
   * @param after sequence number of the last one already seen; 0 for the first page
   * @param limit at most so many
   */
  List<LedgerEntry> rounds(FederationName name, int version, long after, int limit);
}
