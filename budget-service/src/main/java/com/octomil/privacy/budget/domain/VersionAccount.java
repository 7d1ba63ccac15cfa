package com.octomil.privacy.budget.domain;

import java.util.Objects;
import java.util.Optional;

/**
 * The account of one version of a federation.
 *
 * @param federation the federation
 * @param version from 1
 * @param configuration number of the configuration in force, from 1
 * @param budget what is enforced; empty: differential privacy is off
 * @param spent epsilon of the committed rounds; never falls
 * @param held committed rounds and unresolved reservations
 * @param committed committed rounds only
 */
public record VersionAccount(
    FederationName federation,
    int version,
    int configuration,
    Optional<GaussianBudget> budget,
    Epsilon spent,
    RoundTally held,
    RoundTally committed) {

  /** Refuses nulls. */
  public VersionAccount {
    Objects.requireNonNull(federation, "federation");
    Objects.requireNonNull(budget, "budget");
    Objects.requireNonNull(spent, "spent");
    Objects.requireNonNull(held, "held");
    Objects.requireNonNull(committed, "committed");
  }

  /**
   * What is spent if every unresolved reservation counts: this is what the budget is compared with.
   */
  public Epsilon spentOrReserved() {
    return budget
        .map(terms -> Epsilon.max(spent, GaussianAccountant.epsilon(held, terms)))
        .orElse(Epsilon.ZERO);
  }

  /** Held by unresolved reservations on top of what is spent. */
  public Epsilon reserved() {
    return spentOrReserved().minusDownToZero(spent);
  }

  /** What may still be spent. */
  public Epsilon remaining() {
    return budget
        .map(terms -> terms.epsilon().minusDownToZero(spentOrReserved()))
        .orElse(Epsilon.ZERO);
  }

  /**
   * Rounds of the present configuration that may still be reserved; empty without differential
   * privacy: no limit.
   */
  public Optional<Long> roundsAffordable() {
    return budget.map(terms -> GaussianAccountant.affordable(held, spent, terms));
  }

  /**
   * What is spent if one more round of the present configuration runs; zero without differential
   * privacy.
   */
  public Epsilon spentAfterOneMore() {
    return budget
        .map(terms ->
            Epsilon.max(
                spent, GaussianAccountant.epsilon(held.plus(terms.noiseMultiplier(), 1), terms)))
        .orElse(Epsilon.ZERO);
  }

  /** What is spent once {@code reservation}, one of the held, is committed. */
  public Epsilon spentAfterCommitting(Reservation reservation) {
    if (budget.isEmpty() || reservation.noiseMultiplier().isEmpty()) {
      return spent;
    }
    RoundTally ran = committed.plus(reservation.noiseMultiplier().get(), 1);
    return Epsilon.max(spent, GaussianAccountant.epsilon(ran, budget.get()));
  }
}
