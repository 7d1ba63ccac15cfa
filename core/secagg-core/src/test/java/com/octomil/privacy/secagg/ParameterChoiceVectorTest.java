package com.octomil.privacy.secagg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ParameterChoiceVectorTest {
  @ParameterizedTest
  @CsvSource({
    "100, 0.05, 0.05, SEMI_HONEST, 12, 6",
    "1000, 0.05, 0.05, SEMI_HONEST, 30, 17",
    "100000, 0.05, 0.05, SEMI_HONEST, 36, 21",
    "100, 0.1, 0.2, SEMI_HONEST, 28, 11",
    "1000, 0.1, 0.2, SEMI_HONEST, 66, 31",
    "10000, 0.1, 0.2, SEMI_HONEST, 78, 37",
    "100, 0.1, 0.2, SEMI_MALICIOUS, 52, 32",
    "1000, 0.1, 0.2, SEMI_MALICIOUS, 194, 124",
  })
  void publishedExamples(
      int n, double gamma, double delta, AdversaryModel adversary, int degree, int threshold)
      throws InfeasibleParametersException {
    assertThat(ParameterChoice.choose(n, new CohortAssumptions(adversary, gamma, delta, 40, 20), 0))
        .isEqualTo(new GraphParameters(n, degree, threshold));
  }

  @ParameterizedTest
  @CsvSource({
    // In the semi-honest examples the threshold is one above t1.
    "100, 0.05, 0.05, SEMI_HONEST, 5",
    "1000, 0.05, 0.05, SEMI_HONEST, 16",
    "1000, 0.1, 0.2, SEMI_HONEST, 30",
    "10000, 0.1, 0.2, SEMI_HONEST, 36",
    // At most all ten corrupt devices of a hundred; none without any.
    "100, 0.1, 0.2, SEMI_MALICIOUS, 10",
    "100, 0, 0.2, SEMI_MALICIOUS, 0",
    "5, 0.1, 0.2, SEMI_HONEST, 0",
  })
  void corruptNeighboursToBeExpected(
      int n, double gamma, double delta, AdversaryModel adversary, int most)
      throws InfeasibleParametersException {
    CohortAssumptions assumptions = new CohortAssumptions(adversary, gamma, delta, 40, 20);
    assertThat(
            ParameterChoice.corruptNeighbours(ParameterChoice.choose(n, assumptions), assumptions))
        .isEqualTo(most);
  }

  @Test
  void reconstructionThresholdOnlyRaises() throws InfeasibleParametersException {
    CohortAssumptions assumptions =
        new CohortAssumptions(AdversaryModel.SEMI_HONEST, 0.05, 0.05, 40, 20);
    assertThat(ParameterChoice.choose(100, assumptions, 0.3).threshold()).isEqualTo(6);
    assertThat(ParameterChoice.choose(100, assumptions, 0.6).threshold()).isEqualTo(8);
    assertThat(ParameterChoice.choose(100, assumptions, 1).threshold()).isEqualTo(12);
    assertThatThrownBy(() -> ParameterChoice.choose(100, assumptions, 1.01))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("reconstruction_threshold is 1.01");
  }
}
