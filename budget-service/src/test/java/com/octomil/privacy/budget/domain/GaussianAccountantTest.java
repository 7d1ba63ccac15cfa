package com.octomil.privacy.budget.domain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.octomil.privacy.dp.accounting.Adjacency;
import java.math.BigDecimal;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GaussianAccountantTest {

  private static final BigDecimal DELTA = new BigDecimal("1e-5");

  private static GaussianBudget budget(String epsilon, String noise) {
    return new GaussianBudget(
        Epsilon.ofBudget(new BigDecimal(epsilon)),
        DELTA,
        new BigDecimal(noise),
        Adjacency.ADD_REMOVE);
  }

  private static long affordable(RoundTally held, Epsilon spent, GaussianBudget budget) {
    return Accounting.of(held, budget).affordable(held, spent);
  }

  private static Epsilon after(String noise, long rounds) {
    return GaussianAccountant.epsilon(
        RoundTally.EMPTY.plus(new BigDecimal(noise), rounds), DELTA, Adjacency.ADD_REMOVE);
  }

  @Test
  void theReferenceRoundCostsJustUnderFour() {
    // Analytic Gaussian with mu = 1 / 1.1 at delta 1e-5.
    assertThat(after("1.1", 1).decimal().doubleValue()).isCloseTo(3.92125025, within(1e-7));
  }

  @Test
  void nothingCostsNothing() {
    assertThat(GaussianAccountant.epsilon(RoundTally.EMPTY, DELTA, Adjacency.ADD_REMOVE))
        .isEqualTo(Epsilon.ZERO);
    assertThat(GaussianAccountant.epsilon(new RoundTally(Map.of(), 7), DELTA, Adjacency.ADD_REMOVE))
        .isEqualTo(Epsilon.ZERO);
  }

  @Test
  void fourRoundsCostAsMuchAsOneWithHalfTheNoise() {
    assertThat(after("10", 4).decimal().doubleValue())
        .isCloseTo(after("5", 1).decimal().doubleValue(), within(1e-8));
    Epsilon replaced =
        GaussianAccountant.epsilon(
            RoundTally.EMPTY.plus(BigDecimal.TEN, 1), DELTA, Adjacency.REPLACE_ONE);
    assertThat(replaced.decimal().doubleValue())
        .isCloseTo(after("5", 1).decimal().doubleValue(), within(1e-8));
  }

  @ParameterizedTest
  @CsvSource({"4, 1.1, 1", "4, 1.0, 0", "0.001, 1, 0"})
  void smallBudgetsAffordFewRounds(String epsilon, String noise, long rounds) {
    assertThat(affordable(RoundTally.EMPTY, Epsilon.ZERO, budget(epsilon, noise)))
        .isEqualTo(rounds);
  }

  @ParameterizedTest
  @CsvSource({"4, 5", "4, 10", "1, 20", "8, 3.3", "0.5, 100"})
  void whatIsAffordableIsExactlyWhatIsGranted(String epsilon, String noise) {
    GaussianBudget budget = budget(epsilon, noise);
    long affordable = affordable(RoundTally.EMPTY, Epsilon.ZERO, budget);
    assertThat(affordable).isPositive();
    assertThat(after(noise, affordable).exceeds(budget.epsilon())).isFalse();
    assertThat(after(noise, affordable + 1).exceeds(budget.epsilon())).isTrue();
    RoundTally half = RoundTally.EMPTY.plus(budget.noiseMultiplier(), affordable / 2);
    assertThat(affordable(half, Epsilon.ZERO, budget)).isEqualTo(affordable - affordable / 2);
  }

  @Test
  void hugeNumbersOfRoundsEnd() {
    assertThat(affordable(RoundTally.EMPTY, Epsilon.ZERO, budget("1000", "10000")))
        .isEqualTo(GaussianAccountant.MOST_ROUNDS);
  }

  @Test
  void whatIsSpentAlreadyLeavesNothing() {
    assertThat(affordable(RoundTally.EMPTY, new Epsilon(4_000_000_001L), budget("4", "10")))
        .isZero();
  }

  @Test
  void equalMultipliersAreOneHoweverWritten() {
    RoundTally tally =
        RoundTally.EMPTY.plus(new BigDecimal("1.10"), 2).plus(new BigDecimal("1.1"), 3);
    assertThat(tally.byKind()).hasSize(1);
    assertThat(tally.withNoise()).isEqualTo(5);
    assertThat(tally.rounds()).isEqualTo(5);
  }
}
