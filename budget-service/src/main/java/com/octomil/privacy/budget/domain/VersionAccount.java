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

  /** The accountant of one more round as configured; empty without differential privacy. */
  public Optional<Accounting> accounting() {
    return budget.map(terms -> Accounting.of(held, terms));
  }

  /**
   * What is spent if every unresolved reservation counts: this is what the budget is compared with.
   */
  public Epsilon spentOrReserved() {
    return budget
        .map(terms -> Epsilon.max(spent, Accounting.ofHeld(held, terms).epsilon(held)))
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
    return accounting().map(accounting -> accounting.affordable(held, spent));
  }

  /**
   * What is spent if one more round runs; zero without differential privacy.
   *
   * @param sampled whether the coordinator really samples as configured
   */
  public Epsilon spentAfterOneMore(boolean sampled) {
    return budget
        .map(terms -> {
          RoundKind next = terms.round(sampled);
          return Epsilon.max(spent, Accounting.of(held, terms, next).epsilon(held.plus(next, 1)));
        })
        .orElse(Epsilon.ZERO);
  }

  /** What is spent once {@code reservation}, one of the held, is committed. */
  public Epsilon spentAfterCommitting(Reservation reservation) {
    Optional<RoundKind> round = reservation.kind();
    if (budget.isEmpty() || round.isEmpty()) {
      return spent;
    }
    // By the theorem that holds for everything reserved, or a later commit could exceed the budget.
    return Epsilon.max(
        spent, Accounting.ofHeld(held, budget.get()).epsilon(committed.plus(round.get(), 1)));
  }
}
