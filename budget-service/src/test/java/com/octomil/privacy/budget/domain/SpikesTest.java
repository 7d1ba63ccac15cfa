package com.octomil.privacy.budget.domain;

import static org.assertj.core.api.Assertions.assertThat;

import com.octomil.privacy.budget.domain.RecentRounds.Past;
import com.octomil.privacy.dp.accounting.Adjacency;
import java.math.BigDecimal;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SpikesTest {

  private static final GaussianBudget TERMS =
      new GaussianBudget(
          Epsilon.ofBudget(BigDecimal.TEN),
          new BigDecimal("1e-5"),
          new BigDecimal("8"),
          Adjacency.ADD_REMOVE);

  private static Past round(String noise, String added, int survivors) {
    return new Past(
        RoundKind.unsampled(new BigDecimal(noise)),
        Epsilon.ofBudget(new BigDecimal(added)),
        survivors);
  }

  private static RecentRounds usual(int rounds, long inHour, long inDay) {
    return new RecentRounds(Collections.nCopies(rounds, round("8", "0.1", 20)), inHour, inDay);
  }

  private static List<Spike.Rule> rules(Past round, RecentRounds recent) {
    return Spikes.of(round, recent, TERMS).stream().map(Spike::rule).toList();
  }

  @Test
  void aUsualRoundIsNoSpike() {
    assertThat(rules(round("8", "0.1", 20), usual(20, 3, 72))).isEmpty();
    // At the limits, but not beyond.
    assertThat(rules(round("8", "0.2", 10), usual(20, 3, 72))).isEmpty();
  }

  @Test
  void fewRoundsAreNoHistory() {
    assertThat(rules(round("1", "5", 2), usual(4, 0, 0))).isEmpty();
    assertThat(rules(round("1", "5", 2), usual(5, 0, 0)))
        .containsExactly(Spike.Rule.EPSILON_PER_ROUND, Spike.Rule.EPSILON_ADDED, Spike.Rule.COHORT);
  }

  @Test
  void eachRuleStandsAlone() {
    assertThat(rules(round("5", "0.1", 20), usual(20, 0, 0)))
        .containsExactly(Spike.Rule.EPSILON_PER_ROUND);
    assertThat(rules(round("8", "0.200000001", 20), usual(20, 0, 0)))
        .containsExactly(Spike.Rule.EPSILON_ADDED);
    assertThat(rules(round("8", "0.1", 9), usual(20, 0, 0))).containsExactly(Spike.Rule.COHORT);
  }

  @Test
  void anOutlierDoesNotMoveTheMedian() {
    List<Past> mixed = new java.util.ArrayList<>(Collections.nCopies(6, round("8", "0.1", 20)));
    mixed.add(round("8", "9", 1000));
    assertThat(rules(round("8", "0.1", 20), new RecentRounds(mixed, 0, 0))).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    // in the hour before, in the day before that, crosses
    "12, 72, true",
    "11, 72, false",
    "13, 72, false",
    "12, 0, false",
    "12, 78, false",
    "39, 240, false",
    "40, 240, true",
    "41, 240, false"
  })
  void theRoundThatCrossesTheLineIsReported(long inHour, long inDay, boolean crosses) {
    List<Spike> spikes = Spikes.of(round("8", "0.1", 20), usual(20, inHour, inDay), TERMS);
    assertThat(spikes.stream().map(Spike::rule).toList())
        .isEqualTo(crosses ? List.of(Spike.Rule.ROUNDS_PER_HOUR) : List.of());
    if (crosses) {
      assertThat(spikes.getFirst().value()).isEqualByComparingTo(BigDecimal.valueOf(inHour + 1));
      assertThat(spikes.getFirst().usual()).isEqualByComparingTo(BigDecimal.valueOf(inDay / 24));
    }
  }
}
