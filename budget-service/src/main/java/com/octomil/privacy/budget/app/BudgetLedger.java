package com.octomil.privacy.budget.app;

import com.octomil.privacy.budget.domain.Clause;
import com.octomil.privacy.budget.domain.ConfiguredVersion.Change;
import com.octomil.privacy.budget.domain.Epsilon;
import com.octomil.privacy.budget.domain.Event;
import com.octomil.privacy.budget.domain.EventKind;
import com.octomil.privacy.budget.domain.FederationName;
import com.octomil.privacy.budget.domain.GaussianBudget;
import com.octomil.privacy.budget.domain.Ledger;
import com.octomil.privacy.budget.domain.RecentRounds;
import com.octomil.privacy.budget.domain.Reservation;
import com.octomil.privacy.budget.domain.Reservation.Committed;
import com.octomil.privacy.budget.domain.Reservation.Released;
import com.octomil.privacy.budget.domain.Reservation.Reserved;
import com.octomil.privacy.budget.domain.ReserveOutcome;
import com.octomil.privacy.budget.domain.ResolveOutcome;
import com.octomil.privacy.budget.domain.RoundAttempt;
import com.octomil.privacy.budget.domain.Spike;
import com.octomil.privacy.budget.domain.Spikes;
import com.octomil.privacy.budget.domain.VersionAccount;
import com.octomil.privacy.kit.region.ServiceRegion;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
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
  private final ServiceRegion here;
  private final Clock clock;

  BudgetLedger(Ledger ledger, ServiceRegion here, Clock clock) {
    this.ledger = ledger;
    this.here = here;
    this.clock = clock;
  }

  /**
   * Takes the worst case of a round of the present configuration out of the budget, or refuses it.
   * A refusal changes no account: the same request may succeed once there is more budget.
   *
   * @param sampled whether the coordinator draws devices as the configuration says, if it says so;
   *     otherwise the round is charged in full
   * @param region that the coordinator runs in; empty: unknown, which no pin admits
   */
  public ReserveOutcome reserve(
      FederationName federation, RoundAttempt round, boolean sampled, Optional<String> region) {
    UUID id = UUID.randomUUID();
    return ledger.exclusively(
        "ledger-reserve",
        federation,
        accounts -> {
          Optional<VersionAccount> current = accounts.current();
          List<String> regions = current.map(accounts::regions).orElse(List.of());
          if (!ServiceRegion.admits(regions, region)) {
            return new ReserveOutcome.RegionRefused(regions, "the caller", region);
          }
          if (!hereIsWithin(regions)) {
            return new ReserveOutcome.RegionRefused(regions, "this budget service", here.name());
          }
          Optional<Reservation> earlier = accounts.find(round);
          if (earlier.isPresent()) {
            return earlier.get().state() instanceof Reserved
                ? new ReserveOutcome.Reserved(earlier.get())
                : new ReserveOutcome.AttemptOver(earlier.get());
          }
          if (current.isEmpty()) {
            return new ReserveOutcome.FederationUnknown();
          }
          VersionAccount account = current.get();
          if (accounts.lacksDpiaBundle(account)) {
            return new ReserveOutcome.ComplianceRefused(
                Clause.GDPR_DPIA.id(),
                "Version "
                    + account.version()
                    + " of '"
                    + federation
                    + "' has no DPIA bundle yet: POST /api/v1/federations/"
                    + federation
                    + "/dpia-bundles before its first round.");
          }
          Epsilon after = account.spentAfterOneMore(sampled);
          Optional<GaussianBudget> budget = account.budget();
          if (budget.isPresent() && after.exceeds(budget.get().epsilon())) {
            return exhausted(accounts, account, budget.get().epsilon(), after);
          }
          Reservation reservation =
              new Reservation(
                  id,
                  federation,
                  account.version(),
                  account.configuration(),
                  round,
                  budget.map(terms -> terms.round(sampled)),
                  after,
                  now(),
                  new Reserved());
          accounts.add(reservation);
          return new ReserveOutcome.Reserved(reservation);
        });
  }

  // As everywhere, a budget service without a region serves all of them (ADR 0065).
  private boolean hereIsWithin(List<String> regions) {
    return here.name().isEmpty() || ServiceRegion.admits(regions, here.name());
  }

  private ReserveOutcome exhausted(
      Ledger.Accounts accounts, VersionAccount account, Epsilon budget, Epsilon required) {
    Epsilon spent = account.spentOrReserved();
    boolean first =
        accounts.recordExhausted(
            Event.of(
                EventKind.BUDGET_EXHAUSTED,
                account.federation(),
                account.version(),
                new Change(Event.AGGREGATOR, now()),
                Map.of(
                    "configuration", Integer.toString(account.configuration()),
                    "epsilon", budget.toString(),
                    "epsilon_spent_or_reserved", spent.toString(),
                    "epsilon_required", required.toString())));
    return new ReserveOutcome.Exhausted(budget, spent, required, first);
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
                return new ResolveOutcome.Resolved(account.spent(), List.of());
              }
              if (!(found.state() instanceof Reserved)) {
                return new ResolveOutcome.AlreadyOtherwise(found.state());
              }
              Epsilon spent = account.spentAfterCommitting(found);
              Epsilon added = spent.minusDownToZero(account.spent());
              Instant now = now();
              List<Spike> spikes = spikes(accounts, account, found, added, survivors, now);
              accounts.resolve(found.id(), new Committed(cohort, survivors, spent, added, now));
              accounts.spent(found.version(), spent);
              spikes.forEach(spike -> accounts.record(event(spike, found, now)));
              return new ResolveOutcome.Resolved(spent, spikes);
            });
  }

  private static List<Spike> spikes(
      Ledger.Accounts accounts,
      VersionAccount account,
      Reservation round,
      Epsilon added,
      int survivors,
      Instant now) {
    return account.budget().isEmpty() || round.kind().isEmpty()
        ? List.of()
        : Spikes.of(
            new RecentRounds.Past(round.kind().get(), added, survivors),
            accounts.recent(round.version(), now),
            account.budget().get());
  }

  private static Event event(Spike spike, Reservation round, Instant now) {
    return Event.of(
        EventKind.SPIKE_DETECTED,
        round.federation(),
        round.version(),
        new Change(Event.AGGREGATOR, now),
        Map.of(
            "rule", spike.rule().id(),
            "value", spike.value().toPlainString(),
            "usual", spike.usual().toPlainString(),
            "round_id", round.round().roundId(),
            "attempt", Integer.toString(round.round().attempt()),
            "configuration", Integer.toString(round.configuration())));
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
              return new ResolveOutcome.Resolved(account.spent(), List.of());
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
