package com.octomil.privacy.budget.domain;

import java.util.HashSet;
import java.util.Objects;
import java.util.Set;

/**
 * An accountant, chosen from all rounds that an account holds, reserved ones too, and where a next
 * round is asked about, from that one as well. More rounds never cost less. Immutable.
 *
 * @param accountant the theorem
 * @param terms what is enforced
 */
public record Accounting(Accountant accountant, GaussianBudget terms) {

  private static final long EXACT_ROUNDS = 100;

  /** Refuses nulls. */
  public Accounting {
    Objects.requireNonNull(accountant, "accountant");
    Objects.requireNonNull(terms, "terms");
  }

  /**
   * The accountant of rounds that ran or may run, whatever comes next.
   *
   * @param held committed rounds and unresolved reservations
   * @param terms what is in force
   */
  public static Accounting ofHeld(RoundTally held, GaussianBudget terms) {
    return new Accounting(Accountant.of(held.byKind().keySet()), terms);
  }

  /** The accountant of these rounds and one more as configured. */
  public static Accounting of(RoundTally held, GaussianBudget terms) {
    return of(held, terms, terms.round());
  }

  /** As {@link #of(RoundTally, GaussianBudget)} if {@code next} is the round to come. */
  public static Accounting of(RoundTally held, GaussianBudget terms, RoundKind next) {
    Set<RoundKind> kinds = new HashSet<>(held.byKind().keySet());
    kinds.add(next);
    return new Accounting(Accountant.of(kinds), terms);
  }

  /** Loss of the rounds with noise, rounded up; rounds without noise are not part of it. */
  public Epsilon epsilon(RoundTally rounds) {
    if (rounds.byKind().isEmpty()) {
      return Epsilon.ZERO;
    }
    return switch (accountant) {
      case ANALYTIC_GAUSSIAN -> GaussianAccountant.epsilon(rounds, terms);
      case PRIVACY_LOSS_DISTRIBUTION -> SampledLosses.scheduled(rounds, terms);
      case RENYI_FILTER -> SampledLosses.adaptive(rounds, terms);
    };
  }

  /**
   * How many more rounds as configured the budget affords after {@code held}. Exact but for a
   * privacy loss distribution, of which each value takes long to compute: there, beyond {@value
   * #EXACT_ROUNDS} rounds, at least so many and at most 1 % more.
   *
   * @param spent stored high-water mark of the version
   * @return 0 to 10^9
   */
  public long affordable(RoundTally held, Epsilon spent) {
    if (spent.exceeds(terms.epsilon()) || !affords(held, 1)) {
      return 0;
    }
    long enough = 1;
    long tooMany = 2;
    while (affords(held, tooMany)) {
      if (tooMany == GaussianAccountant.MOST_ROUNDS) {
        return tooMany;
      }
      enough = tooMany;
      tooMany = Math.min(GaussianAccountant.MOST_ROUNDS, growth() * tooMany);
    }
    while (tooMany - enough > slack(enough)) {
      long middle = enough + (tooMany - enough) / 2;
      if (affords(held, middle)) {
        enough = middle;
      } else {
        tooMany = middle;
      }
    }
    return enough;
  }

  private long growth() {
    return accountant == Accountant.PRIVACY_LOSS_DISTRIBUTION ? 4 : 2;
  }

  private long slack(long rounds) {
    return accountant == Accountant.PRIVACY_LOSS_DISTRIBUTION && rounds > EXACT_ROUNDS
        ? rounds / 100
        : 1;
  }

  private boolean affords(RoundTally held, long rounds) {
    return !epsilon(held.plus(terms.round(), rounds)).exceeds(terms.epsilon());
  }
}
