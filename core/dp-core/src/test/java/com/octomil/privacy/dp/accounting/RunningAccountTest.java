package com.octomil.privacy.dp.accounting;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class RunningAccountTest {
  private static final double DELTA = 1e-6;

  @Test
  void agreesWithComposingFromNothingAndNeverFalls() throws UnsupportedCompositionException {
    for (Adjacency adjacency : Adjacency.values()) {
      RunningAccount account = new RunningAccount(DELTA, adjacency);
      double last = 0;
      for (int i = 0; i < 60; i++) {
        PrivacyEvent event =
            i % 7 == 3
                ? PrivacyEvent.gaussian(20 + i)
                : PrivacyEvent.sampledGaussian(1 + 0.01 * (i % 11), 0.01 + 0.001 * (i % 5));
        EpsilonInterval epsilon = account.charge(event, 1 + i % 3);
        assertThat(epsilon.upper()).as("%s round %s", adjacency, i).isGreaterThan(last);
        assertThat(epsilon.lower()).isBetween(0.998 * epsilon.upper(), epsilon.upper());
        last = epsilon.upper();
        if (i % 9 == 8) {
          EpsilonInterval anew = new PrivacyLossAccountant().epsilon(account.composition(), DELTA);
          assertThat(epsilon.upper()).isBetween(anew.lower(), anew.upper() * (1 + 2e-5));
          assertThat(epsilon.lower()).isBetween(anew.lower() * (1 - 2e-5), anew.upper());
        }
      }
      assertThat(account.epsilon().upper()).isEqualTo(last);
    }
  }

  @Test
  void manyMoreRoundsThanItBeganWith() throws UnsupportedCompositionException {
    PrivacyEvent event = PrivacyEvent.sampledGaussian(0.9, 0.01);
    RunningAccount account =
        RunningAccount.of(Composition.of(event, 10, Adjacency.ADD_REMOVE), DELTA);
    for (long more : new long[] {1, 9, 80, 900, 9000, 90_000}) {
      double epsilon = account.charge(event, more).upper();
      EpsilonInterval anew = new PrivacyLossAccountant().epsilon(account.composition(), DELTA);
      assertThat(epsilon).isBetween(anew.lower(), anew.upper() * (1 + 2e-5));
    }
    assertThat(account.composition().size()).isEqualTo(100_000);
  }

  @Test
  void unsampledGaussiansAreExact() throws UnsupportedCompositionException {
    RunningAccount account = new RunningAccount(DELTA, Adjacency.REPLACE_ONE);
    EpsilonInterval epsilon = account.charge(PrivacyEvent.gaussian(10), 4);
    assertThat(epsilon.upper()).isEqualTo(account.charge(PrivacyEvent.gaussian(10), 0).upper());
    assertThat(epsilon.upper() / AnalyticGaussian.epsilon(0.4, DELTA))
        .isBetween(1 - 1e-12, 1 + 1e-12);
    assertThat(epsilon.upper() - epsilon.lower()).isLessThan(1e-10);
  }

  @Test
  void askingChargesNothing() throws UnsupportedCompositionException {
    PrivacyEvent event = PrivacyEvent.sampledGaussian(1, 0.02);
    RunningAccount account =
        RunningAccount.of(Composition.of(event, 100, Adjacency.ADD_REMOVE), DELTA);
    EpsilonInterval before = account.epsilon();
    EpsilonInterval after = account.epsilonAfter(event, 5);
    assertThat(after.upper()).isGreaterThan(before.upper());
    assertThat(account.epsilon()).isEqualTo(before);
    assertThat(account.charge(event, 5)).isEqualTo(after);
  }

  @Test
  void roundsWithoutABoundAreRefusedUncharged() throws UnsupportedCompositionException {
    RunningAccount account = new RunningAccount(DELTA, Adjacency.ADD_REMOVE);
    account.charge(PrivacyEvent.sampledGaussian(1, 0.02), 3);
    EpsilonInterval before = account.epsilon();
    PrivacyEvent unsound =
        new PrivacyEvent(new Mechanism.Gaussian(1), new Sampling.WithoutReplacement(0.1));
    assertThatThrownBy(() -> account.charge(unsound, 1))
        .isInstanceOf(UnsupportedCompositionException.class)
        .hasMessageContaining("replace-one");
    assertThat(account.epsilon()).isEqualTo(before);
    assertThat(account.composition().size()).isEqualTo(3);
  }

  @Test
  void aLeakThatExceedsDeltaIsInfinite() throws UnsupportedCompositionException {
    RunningAccount account = new RunningAccount(DELTA, Adjacency.ADD_REMOVE);
    PrivacyEvent leaky =
        new PrivacyEvent(new Mechanism.EpsilonDelta(0.1, 6e-7), new Sampling.None());
    assertThat(account.charge(leaky, 1).upper()).isFinite();
    assertThat(account.charge(leaky, 1).upper()).isInfinite();
    assertThat(account.charge(PrivacyEvent.sampledGaussian(1, 0.02), 1).upper()).isInfinite();
  }
}
