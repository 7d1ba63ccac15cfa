package com.octomil.privacy.dp.accounting;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;

class FilterTest {
  @Test
  void gaussianFilterAdmitsExactlyWhatTheBudgetAffords() {
    GaussianFilter filter = new GaussianFilter(2, 1e-5, Adjacency.ADD_REMOVE);
    long admitted = 0;
    while (filter.tryCharge(12)) {
      admitted++;
      assertThat(filter.spent(1e-5)).isLessThanOrEqualTo(2);
    }
    assertThat(admitted)
        .isEqualTo(
            GaussianComposition.roundsAffordable(2, 1e-5, 12, Adjacency.ADD_REMOVE, Map.of()));
    double spent = filter.spent(1e-5);
    assertThat(filter.tryCharge(12)).isFalse();
    assertThat(filter.spent(1e-5)).isEqualTo(spent);
    // A cheaper round may still fit: the filter is about the sum, not about one refusal.
    assertThat(filter.tryCharge(1e6)).isTrue();
  }

  @Test
  void renyiFilterStaysWithinTheBudget() throws UnsupportedCompositionException {
    PrivacyEvent event = PrivacyEvent.sampledGaussian(1, 0.02);
    double order = 8;
    RenyiFilter filter = new RenyiFilter(3, 1e-6, Adjacency.ADD_REMOVE, order);
    long admitted = 0;
    while (filter.tryCharge(event)) {
      admitted++;
    }
    RenyiAccountant accountant = RenyiAccountant.atOrders(order);
    assertThat(accountant.epsilon(Composition.of(event, admitted, Adjacency.ADD_REMOVE), 1e-6))
        .isLessThanOrEqualTo(3);
    assertThat(accountant.epsilon(Composition.of(event, admitted + 1, Adjacency.ADD_REMOVE), 1e-6))
        .isGreaterThan(3);
    assertThat(filter.spentShare()).isBetween(0.9, 1.0);
  }

  @Test
  void severalOrdersShareDelta() throws UnsupportedCompositionException {
    PrivacyEvent event = PrivacyEvent.sampledGaussian(1, 0.02);
    RenyiFilter one = new RenyiFilter(3, 1e-6, Adjacency.ADD_REMOVE, 8);
    RenyiFilter many = new RenyiFilter(3, 1e-6, Adjacency.ADD_REMOVE, 2, 4, 8, 16, 32);
    int singles = 0;
    int shared = 0;
    while (one.tryCharge(event)) {
      singles++;
    }
    while (many.tryCharge(event)) {
      shared++;
    }
    assertThat(shared).isBetween(singles / 3, singles);
  }

  @Test
  void roundsWithoutARenyiBoundAreRefusedUncharged() {
    RenyiFilter filter = new RenyiFilter(3, 1e-6, Adjacency.ADD_REMOVE, 8);
    PrivacyEvent leaky =
        new PrivacyEvent(new Mechanism.EpsilonDelta(0.1, 1e-9), new Sampling.None());
    assertThatThrownBy(() -> filter.tryCharge(leaky))
        .isInstanceOf(UnsupportedCompositionException.class);
    assertThat(filter.spentShare()).isZero();
  }
}
