package com.octomil.privacy.budget.domain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.octomil.privacy.secagg.AdversaryModel;
import com.octomil.privacy.secagg.InfeasibleParametersException;
import com.octomil.privacy.secagg.ParameterChoice;
import java.math.BigDecimal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GraphPlanTest {

  private static SecureAggregation sa(String dropout) {
    return new SecureAggregation(
        true,
        10,
        new BigDecimal("0.6"),
        AdversaryModel.SEMI_MALICIOUS,
        new BigDecimal("0.05"),
        new BigDecimal(dropout),
        40,
        20);
  }

  @ParameterizedTest
  @CsvSource({"20, 0.1", "57, 0.1", "57, 0.2", "100, 0.2", "1000, 0.1"})
  void roundsFinishAtTheAssumedDropOut(int cohort, String dropout) throws Exception {
    GraphPlan plan = GraphPlan.of(sa(dropout), cohort);
    assertThat(plan.dropoutFraction()).isGreaterThan(new BigDecimal(dropout));
    assertThat(
            ParameterChoice.abortProbability(plan.graph(), Double.parseDouble(dropout), cohort / 2))
        .isLessThan(0.05);
  }

  @Test
  void withoutDropOutsThereIsNothingToAdd() throws Exception {
    assertThat(GraphPlan.of(sa("0"), 20).dropoutFraction()).isZero();
  }

  @Test
  void whereChanceCannotBeWithstoodTheAssumptionStillIs() throws Exception {
    GraphPlan plan = GraphPlan.of(sa("0.4"), 20);
    assertThat(plan.dropoutFraction().doubleValue()).isBetween(0.4, 0.45);
  }

  @Test
  void anAssumptionThatCannotBeWithstoodIsRefused() {
    assertThatThrownBy(() -> GraphPlan.of(sa("0.6"), 20))
        .isInstanceOf(InfeasibleParametersException.class);
  }
}
