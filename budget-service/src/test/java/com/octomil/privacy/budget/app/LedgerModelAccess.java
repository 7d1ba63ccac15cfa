package com.octomil.privacy.budget.app;

import com.octomil.privacy.budget.domain.FederationName;
import com.octomil.privacy.budget.domain.Ledger;
import com.octomil.privacy.budget.domain.PrivacyConfiguration;
import com.octomil.privacy.budget.domain.ReserveOutcome;
import com.octomil.privacy.budget.domain.ResolveOutcome;
import com.octomil.privacy.budget.domain.RoundAttempt;
import com.octomil.privacy.budget.domain.VersionAccount;
import com.octomil.privacy.kit.region.ServiceRegion;
import java.time.Clock;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Predicate;
import java.util.function.Supplier;

/** Runs the reference model against the use cases, whatever is behind them. */
public final class LedgerModelAccess {

  private LedgerModelAccess() {}

  /** The use cases over a ledger of their own. */
  public static BudgetLedger over(Ledger ledger) {
    return new BudgetLedger(ledger, new ServiceRegion(Optional.empty()), Clock.systemUTC());
  }

  /** Runs {@code steps} random calls and fails at the first difference. */
  public static void run(
      long seed,
      int steps,
      FederationName federation,
      BudgetLedger ledger,
      Predicate<PrivacyConfiguration> configure,
      Supplier<VersionAccount> account) {
    new LedgerModel(
            new LedgerModel.Subject() {
              @Override
              public ReserveOutcome reserve(RoundAttempt round) {
                return ledger.reserve(federation, round, true, Optional.empty());
              }

              @Override
              public ResolveOutcome commit(UUID reservation) {
                return ledger.commit(reservation, 20, 18);
              }

              @Override
              public ResolveOutcome release(UUID reservation) {
                return ledger.release(reservation, "CANCELLED", "");
              }

              @Override
              public boolean configure(PrivacyConfiguration next) {
                return configure.test(next);
              }

              @Override
              public VersionAccount account() {
                return account.get();
              }
            },
            seed,
            false)
        .run(steps);
  }
}
