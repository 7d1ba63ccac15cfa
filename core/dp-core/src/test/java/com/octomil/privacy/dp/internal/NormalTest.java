package com.octomil.privacy.dp.internal;

import static org.assertj.core.api.Assertions.assertThat;

import com.octomil.privacy.dp.Csv;
import java.math.BigDecimal;
import java.math.MathContext;
import org.junit.jupiter.api.Test;

class NormalTest {
  @Test
  void tailAndMillsRatioKeepTheirRelativeErrorBound() {
    int rows = 0;
    for (var row : Csv.read("/reference/normal_tail.csv")) {
      double x = row.number("x");
      assertThat(relativeError(Normal.upperTail(x), row.text("upper_tail")))
          .as("upper tail at %s", x)
          .isLessThan(Normal.RELATIVE_ERROR);
      if (x >= -1) {
        assertThat(relativeError(Normal.mills(x), row.text("mills")))
            .as("Mills ratio at %s", x)
            .isLessThan(Normal.RELATIVE_ERROR);
      }
      rows++;
    }
    assertThat(rows).isGreaterThan(80);
  }

  private static double relativeError(double actual, String expected) {
    BigDecimal exact = new BigDecimal(expected);
    return new BigDecimal(actual)
        .subtract(exact)
        .divide(exact, MathContext.DECIMAL64)
        .abs()
        .doubleValue();
  }
}
