package com.octomil.privacy.budget.domain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.octomil.privacy.dp.accounting.Adjacency;
import com.octomil.privacy.dp.accounting.PrivacyEvent;
import com.octomil.privacy.dp.accounting.RenyiFilter;
import java.math.BigDecimal;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class AccountingTest {

  private static final RoundKind SAMPLED =
      new RoundKind(BigDecimal.ONE, Optional.of(new BigDecimal("0.010")));

  private static GaussianBudget budget(String epsilon, RoundKind round) {
    return new GaussianBudget(
        Epsilon.ofBudget(new BigDecimal(epsilon)),
        new BigDecimal("1e-5"),
        round.noiseMultiplier(),
        Adjacency.ADD_REMOVE,
        round.samplingRate());
  }

  @Test
  void theAccountantFollowsWhatRan() {
    RoundKind other = new RoundKind(BigDecimal.TWO, SAMPLED.samplingRate());
    RoundKind full = RoundKind.unsampled(BigDecimal.TEN);
    GaussianBudget terms = budget("4", SAMPLED);
    RoundTally one = RoundTally.EMPTY.plus(SAMPLED, 10);
    assertThat(Accounting.of(RoundTally.EMPTY, terms).accountant())
        .isEqualTo(Accountant.PRIVACY_LOSS_DISTRIBUTION);
    assertThat(Accounting.of(one, terms).accountant())
        .isEqualTo(Accountant.PRIVACY_LOSS_DISTRIBUTION);
    assertThat(Accounting.of(one.plus(other, 1), terms).accountant())
        .isEqualTo(Accountant.RENYI_FILTER);
    assertThat(Accounting.of(one, budget("4", other)).accountant())
        .isEqualTo(Accountant.RENYI_FILTER);
    assertThat(Accounting.of(RoundTally.EMPTY.plus(full, 3), terms).accountant())
        .isEqualTo(Accountant.RENYI_FILTER);
    assertThat(Accounting.of(RoundTally.EMPTY.plus(full, 3), budget("4", full)).accountant())
        .isEqualTo(Accountant.ANALYTIC_GAUSSIAN);
    assertThat(Accounting.of(RoundTally.EMPTY, terms, terms.round(false)).accountant())
        .isEqualTo(Accountant.ANALYTIC_GAUSSIAN);
    for (Accountant accountant : Accountant.values()) {
      assertThat(accountant.id()).matches("[a-z_]+");
      assertThat(accountant.reason()).endsWith(".");
    }
  }

  @Test
  void noiseOfTheDevicesIsChargedByTheFilter() {
    RoundKind shares = new RoundKind(BigDecimal.TWO, Optional.empty(), Optional.of(12));
    GaussianBudget terms =
        new GaussianBudget(
            Epsilon.ofBudget(new BigDecimal("20")),
            new BigDecimal("1e-5"),
            BigDecimal.TWO,
            Adjacency.ADD_REMOVE,
            Optional.empty(),
            Optional.of(12));
    assertThat(terms.round()).isEqualTo(shares);
    assertThat(terms.round(false)).isEqualTo(shares);
    Accounting accounting = Accounting.of(RoundTally.EMPTY, terms);
    assertThat(accounting.accountant()).isEqualTo(Accountant.RENYI_FILTER);
    RoundKind server = RoundKind.unsampled(BigDecimal.TWO);
    for (long rounds : new long[] {1, 10, 100}) {
      Epsilon ours = accounting.epsilon(RoundTally.EMPTY.plus(shares, rounds));
      GaussianBudget gaussian = budget("20", server);
      Epsilon exact =
          Accounting.of(RoundTally.EMPTY, gaussian).epsilon(RoundTally.EMPTY.plus(server, rounds));
      // A Skellam variable of this variance is all but Gaussian; the filter costs the rest.
      assertThat(ours.decimal().doubleValue())
          .isBetween(exact.decimal().doubleValue(), 2 * exact.decimal().doubleValue());
    }
    // A round of another resolution or placement is another kind.
    assertThat(shares)
        .isNotEqualByComparingTo(new RoundKind(BigDecimal.TWO, Optional.empty(), Optional.of(13)))
        .isNotEqualByComparingTo(server);
  }

  @Test
  void aRegisteredScheduleCostsWhatTheGuideSays() {
    // Example C of docs/PRIVACY_ACCOUNTING.md.
    Accounting accounting = Accounting.of(RoundTally.EMPTY, budget("4", SAMPLED));
    assertThat(accounting.epsilon(RoundTally.EMPTY.plus(SAMPLED, 1000)).decimal().doubleValue())
        .isCloseTo(1.8283, within(1e-3));
  }

  @Test
  void theFilterAdmitsExactlyWhatTheLibrarysFilterAdmits() throws Exception {
    RoundKind other = new RoundKind(BigDecimal.TWO, SAMPLED.samplingRate());
    GaussianBudget terms = budget("2.5", SAMPLED);
    RoundTally held = RoundTally.EMPTY.plus(other, 40);
    long affordable = Accounting.of(held, terms).affordable(held, Epsilon.ZERO);

    RenyiFilter filter = new RenyiFilter(2.5, 1e-5, Adjacency.ADD_REMOVE, SampledLosses.ORDERS);
    for (int i = 0; i < 40; i++) {
      assertThat(filter.tryCharge(PrivacyEvent.sampledGaussian(2, 0.01))).isTrue();
    }
    long admitted = 0;
    while (filter.tryCharge(PrivacyEvent.sampledGaussian(1, 0.01))) {
      admitted++;
    }
    assertThat(affordable).isGreaterThan(10).isEqualTo(admitted);
  }

  @Test
  void moreRoundsNeverCostLess() {
    for (Accountant accountant : Accountant.values()) {
      RoundKind kind =
          accountant == Accountant.ANALYTIC_GAUSSIAN
              ? RoundKind.unsampled(BigDecimal.TEN)
              : SAMPLED;
      Accounting accounting = new Accounting(accountant, budget("8", kind));
      Epsilon before = Epsilon.ZERO;
      for (long rounds = 1; rounds <= 40; rounds++) {
        Epsilon after = accounting.epsilon(RoundTally.EMPTY.plus(kind, rounds));
        assertThat(before.exceeds(after)).as(accountant + " at " + rounds).isFalse();
        before = after;
      }
      assertThat(accounting.epsilon(RoundTally.EMPTY)).isEqualTo(Epsilon.ZERO);
    }
  }

  @Test
  void samplingIsWorthSomething() {
    GaussianBudget sampled = budget("4", SAMPLED);
    long many = Accounting.of(RoundTally.EMPTY, sampled).affordable(RoundTally.EMPTY, Epsilon.ZERO);
    GaussianBudget full = budget("4", RoundKind.unsampled(BigDecimal.ONE));
    long few = Accounting.of(RoundTally.EMPTY, full).affordable(RoundTally.EMPTY, Epsilon.ZERO);
    assertThat(few).isZero();
    assertThat(many).isGreaterThan(3000);
    // Beyond a hundred rounds the answer may be 1 % low, and is never high.
    Accounting accounting = Accounting.of(RoundTally.EMPTY, sampled);
    assertThat(accounting.epsilon(RoundTally.EMPTY.plus(SAMPLED, many)).exceeds(sampled.epsilon()))
        .isFalse();
    assertThat(
            accounting
                .epsilon(RoundTally.EMPTY.plus(SAMPLED, many + many / 50))
                .exceeds(sampled.epsilon()))
        .isTrue();
  }
}
