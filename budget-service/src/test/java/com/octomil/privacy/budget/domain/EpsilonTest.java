package com.octomil.privacy.budget.domain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EpsilonTest {

  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "1, 1000000000",
    "0.1, 100000001",
    "1e-30, 1",
    "3.2, 3200000001",
    "1e300, 9223372036854775807"
  })
  void lossesAreRoundedUp(double loss, long nanos) {
    // 0.1 and 3.2 have no exact double: the nearest ones are a little above.
    assertThat(Epsilon.ofLoss(loss).nanos()).isEqualTo(nanos);
  }

  @ParameterizedTest
  @CsvSource({
    "4.0, 4000000000",
    "0.1, 100000000",
    "0.0000000019, 1",
    "1e-10, 0",
    "1e30, 9223372036854775807"
  })
  void budgetsAreRoundedDown(BigDecimal budget, long nanos) {
    assertThat(Epsilon.ofBudget(budget).nanos()).isEqualTo(nanos);
  }

  @Test
  void nonsenseIsRefused() {
    assertThatThrownBy(() -> Epsilon.ofLoss(Double.NaN)).hasMessageContaining("NaN");
    assertThatThrownBy(() -> Epsilon.ofLoss(-1)).hasMessageContaining("-1.0");
    assertThatThrownBy(() -> new Epsilon(-1)).hasMessageContaining("-1");
    assertThat(Epsilon.ofLoss(Double.POSITIVE_INFINITY)).isEqualTo(Epsilon.UNBOUNDED);
  }

  @Test
  void decimalsArePlain() {
    assertThat(new Epsilon(100_000_000_000L)).hasToString("100");
    assertThat(new Epsilon(3_200_000_000L)).hasToString("3.2");
    assertThat(new Epsilon(1)).hasToString("0.000000001");
    assertThat(Epsilon.ZERO).hasToString("0");
    assertThat(new Epsilon(5).minusDownToZero(new Epsilon(7))).isEqualTo(Epsilon.ZERO);
  }
}
