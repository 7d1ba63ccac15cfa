package com.octomil.privacy.budget.domain;

import java.util.Optional;

/**
 * Whether a version that has run rounds, or reserved them, may go on with another configuration.
 *
 * <p>Gaussian accounting stays valid when noise changes between rounds, so most changes are
 * allowed. A change of delta or adjacency re-evaluates the whole history; it is refused if that
 * would exceed the budget. A change of a schedule that samples takes effect on the accountant with
 * the next round. Rounds with and without differential privacy never share a version: their sum
 * would carry no guarantee and look as if it did.
 */
public final class ConfigurationChange {

  private static final String NEW_VERSION =
      "Open a new version of the federation (POST /api/v1/federations/{federation}/versions) and configure that.";

  private ConfigurationChange() {}

  /** Why the account cannot go on with {@code next}; empty if it can. */
  public static Optional<Violation> refusal(VersionAccount account, PrivacyConfiguration next) {
    RoundTally held = account.held();
    DifferentialPrivacy dp = next.differentialPrivacy();
    Optional<GaussianBudget> terms = next.budget();
    if (terms.isEmpty() && held.withNoise() > 0) {
      return conflict(
          "differential_privacy.enabled",
          "false",
          held.withNoise()
              + " rounds of version "
              + account.version()
              + " ran or may run with differential privacy; switching it off would void their guarantee. "
              + NEW_VERSION);
    }
    if (terms.isPresent() && held.unprotected() > 0) {
      return conflict(
          "differential_privacy.enabled",
          "true",
          held.unprotected()
              + " rounds of version "
              + account.version()
              + " ran or may run without differential privacy; no budget can describe them. "
              + NEW_VERSION);
    }
    if (terms.isPresent()) {
      Epsilon needed =
          Epsilon.max(account.spent(), Accounting.ofHeld(held, terms.get()).epsilon(held));
      if (needed.exceeds(terms.get().epsilon())) {
        return conflict(
            "differential_privacy.epsilon",
            dp.epsilon() == null ? "" : dp.epsilon().toPlainString(),
            "with these terms, version "
                + account.version()
                + " has spent or reserved "
                + needed
                + " already. Set epsilon to at least that. "
                + NEW_VERSION);
      }
    }
    return Optional.empty();
  }

  private static Optional<Violation> conflict(String field, String value, String message) {
    return Optional.of(new Violation(Violation.Kind.OUT_OF_RANGE, field, value, message));
  }
}
