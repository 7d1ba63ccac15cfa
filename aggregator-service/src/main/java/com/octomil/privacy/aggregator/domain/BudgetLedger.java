package com.octomil.privacy.aggregator.domain;

import java.math.BigDecimal;
import java.util.Optional;

/** The budget service, as far as rounds need it. Every call is idempotent. Thread-safe. */
public interface BudgetLedger {

  /** Answer to {@link #reserve}. */
  sealed interface Reservation {
    /** The round may run with exactly this configuration. */
    record Granted(String reservationId, PrivacyConfiguration configuration)
        implements Reservation {}

    /** The round would overspend. Decimals. */
    record Exhausted(String budget, String spent, String required) implements Reservation {}

    /**
     * The federation is pinned to regions, and this service is outside them, or its compliance
     * profile asks for something first.
     */
    record Refused(String reason) implements Reservation {}

    record UnknownFederation() implements Reservation {}
  }

  /** Takes the worst case of a round out of the budget. */
  Reservation reserve(RoundAttempt attempt);

  /**
   * Records that the round ran.
   *
   * @return epsilon spent by the federation's version
   */
  BigDecimal commit(String reservationId, int cohort, int survivors);

  /**
   * Gives a reservation back. Only if no sum of the round was unmasked.
   *
   * @return epsilon spent by the federation's version
   */
  BigDecimal release(String reservationId, Abort abort);

  /** The current configuration; empty if the federation is unknown. */
  Optional<PrivacyConfiguration> configuration(FederationName federation);
}
