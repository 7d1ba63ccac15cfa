package com.octomil.privacy.budget.app;

import com.octomil.privacy.budget.domain.Epsilon;
import com.octomil.privacy.budget.domain.FederationName;
import com.octomil.privacy.budget.domain.GaussianBudget;
import com.octomil.privacy.budget.domain.Ledger;
import com.octomil.privacy.budget.domain.Reservation;
import com.octomil.privacy.budget.domain.Reservation.Committed;
import com.octomil.privacy.budget.domain.Reservation.Released;
import com.octomil.privacy.budget.domain.Reservation.Reserved;
import com.octomil.privacy.budget.domain.ReserveOutcome;
import com.octomil.privacy.budget.domain.ResolveOutcome;
import com.octomil.privacy.budget.domain.RoundAttempt;
import com.octomil.privacy.budget.domain.VersionAccount;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;

/**
 * The epsilon ledger: reserve before a round, commit after it, or release if nothing was revealed.
 * Every call may be repeated. Thread-safe; blocking.
 */
@ApplicationScoped
public class BudgetLedger {

  private final Ledger ledger;
  private final Clock clock;

  BudgetLedger(Ledger ledger, Clock clock) {
    this.ledger = ledger;
    this.clock = clock;
  }

  /**
   * Takes the worst case of a round of the present configuration out of the budget, or refuses it.
   * A refusal leaves no trace: the same request may succeed once there is more budget.
   */
  public ReserveOutcome reserve(FederationName federation, RoundAttempt round) {
    UUID id = UUID.randomUUID();
    return ledger.exclusively(
        "ledger-reserve",
        federation,
        accounts -> {
          Optional<Reservation> earlier = accounts.find(round);
          if (earlier.isPresent()) {
            return earlier.get().state() instanceof Reserved
                ? new ReserveOutcome.Reserved(earlier.get())
                : new ReserveOutcome.AttemptOver(earlier.get());
          }
          Optional<VersionAccount> current = accounts.current();
          if (current.isEmpty()) {
            return new ReserveOutcome.FederationUnknown();
          }
          VersionAccount account = current.get();
          Epsilon after = account.spentAfterOneMore();
          Optional<GaussianBudget> budget = account.budget();
          if (budget.isPresent() && after.exceeds(budget.get().epsilon())) {
            return new ReserveOutcome.Exhausted(
                budget.get().epsilon(), account.spentOrReserved(), after);
          }
          Reservation reservation =
              new Reservation(
                  id,
                  federation,
                  account.version(),
                  account.configuration(),
                  round,
                  budget.map(GaussianBudget::noiseMultiplier),
                  after,
                  now(),
                  new Reserved());
          accounts.add(reservation);
          return new ReserveOutcome.Reserved(reservation);
        });
  }

  /**
   * Records that the reserved round ran. The figures are for the record: the first ones stay.
   *
   * @param cohort devices on the roster
   * @param survivors devices in the sum
   */
  public ResolveOutcome commit(UUID reservation, int cohort, int survivors) {
    return resolve(
        "ledger-commit",
        reservation,
        accounts ->
            found -> {
              VersionAccount account = accounts.account(found.version());
              if (found.state() instanceof Committed) {
                return new ResolveOutcome.Resolved(account.spent());
              }
              if (!(found.state() instanceof Reserved)) {
                return new ResolveOutcome.AlreadyOtherwise(found.state());
              }
              Epsilon spent = account.spentAfterCommitting(found);
              Epsilon added = spent.minusDownToZero(account.spent());
              accounts.resolve(found.id(), new Committed(cohort, survivors, spent, added, now()));
              accounts.spent(found.version(), spent);
              return new ResolveOutcome.Resolved(spent);
            });
  }

  /** Gives a reservation back. Only the caller knows whether nothing of the round was revealed. */
  public ResolveOutcome release(UUID reservation, String reason, String detail) {
    return resolve(
        "ledger-release",
        reservation,
        accounts ->
            found -> {
              VersionAccount account = accounts.account(found.version());
              if (found.state() instanceof Committed) {
                return new ResolveOutcome.AlreadyOtherwise(found.state());
              }
              if (found.state() instanceof Reserved) {
                accounts.resolve(found.id(), new Released(reason, detail, now()));
              }
              return new ResolveOutcome.Resolved(account.spent());
            });
  }

  private ResolveOutcome resolve(
      String name,
      UUID reservation,
      Function<Ledger.Accounts, Function<Reservation, ResolveOutcome>> body) {
    Optional<FederationName> federation = ledger.federationOf(reservation);
    if (federation.isEmpty()) {
      return new ResolveOutcome.Unknown();
    }
    return ledger.exclusively(
        name,
        federation.get(),
        accounts -> {
          Optional<Reservation> found = accounts.find(reservation);
          return found.isEmpty()
              ? new ResolveOutcome.Unknown()
              : body.apply(accounts).apply(found.get());
        });
  }

  /** PostgreSQL keeps microseconds. */
  private Instant now() {
    return clock.instant().truncatedTo(ChronoUnit.MICROS);
  }
}
