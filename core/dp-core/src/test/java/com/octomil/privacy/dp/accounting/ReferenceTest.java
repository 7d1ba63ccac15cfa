package com.octomil.privacy.dp.accounting;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.octomil.privacy.dp.Csv;
import org.junit.jupiter.api.Test;

/** Every public reference row: sound, tight, exact and Renyi, as far as its columns go. */
class ReferenceTest {
  @Test
  void everyPublicRowIsAnsweredSoundlyAndTightly() {
    PrivacyLossAccountant losses = new PrivacyLossAccountant();
    int rows = 0;
    int tight = 0;
    for (ReferenceRows.Row row : ReferenceRows.all()) {
      PrivacyAnalysis analysis = PrivacyAnalysis.of(row.composition(), row.delta(), losses);
      EpsilonInterval interval = analysis.epsilon().orElseThrow();
      Csv.Row csv = row.csv();
      double floor = 0;
      for (String column : new String[] {"prv_lower", "epsilon_pld_optimistic", "epsilon_exact"}) {
        if (csv.has(column)) {
          floor = Math.max(floor, csv.number(column));
        }
      }
      assertThat(interval.upper()).as("%s sound", row.id()).isGreaterThanOrEqualTo(floor - 1e-9);
      if (csv.has("epsilon_pld_pessimistic")) {
        double ceiling = csv.number("epsilon_pld_pessimistic");
        assertThat(interval.upper())
            .as("%s tight", row.id())
            .isLessThanOrEqualTo(ceiling * (1 + 1e-4) + 1e-4);
        assertThat(interval.lower())
            .as("%s lower end", row.id())
            .isLessThanOrEqualTo(ceiling * (1 + 1e-9));
        tight++;
      }
      if (csv.has("prv_upper")) {
        assertThat(interval.lower())
            .as("%s prv", row.id())
            .isLessThanOrEqualTo(csv.number("prv_upper"));
      }
      assertThat(interval.upper() - interval.lower())
          .as("%s width", row.id())
          .isBetween(0.0, 1e-3 * interval.upper());
      if (csv.has("epsilon_exact")) {
        assertThat(analysis.exact().orElseThrow())
            .as("%s exact", row.id())
            .isCloseTo(csv.number("epsilon_exact"), within(1e-6));
      }
      rows++;
    }
    assertThat(rows).isEqualTo(30);
    assertThat(tight).isEqualTo(27);
  }

  @Test
  void renyiAgreesWithTheSignedSeries() throws UnsupportedCompositionException {
    RenyiAccountant accountant = RenyiAccountant.standard();
    int rows = 0;
    for (ReferenceRows.Row row : ReferenceRows.all()) {
      Csv.Row csv = row.csv();
      String column = csv.has("epsilon_rdp_signed") ? "epsilon_rdp_signed" : "epsilon_rdp";
      if (!csv.has(column)) {
        continue;
      }
      double expected = csv.number(column);
      double epsilon = accountant.epsilon(row.composition(), row.delta());
      assertThat(epsilon).as(row.id()).isCloseTo(expected, within(1e-6 * expected));
      if (expected > 0) {
        assertThat(accountant.epsilonOverAllOrders(row.composition(), row.delta()))
            .as("%s over all orders", row.id())
            .isLessThanOrEqualTo(epsilon);
      }
      rows++;
    }
    assertThat(rows).isEqualTo(29);
  }

  @Test
  void calibrationIsMetNeverBelowAndTight() throws UnsupportedCompositionException {
    int rows = 0;
    for (Csv.Row row : Csv.read("/reference/calibration_public.csv")) {
      double epsilon = row.number("epsilon");
      double delta = row.number("delta");
      double rate = row.number("q");
      long rounds = (long) row.number("rounds");
      Planner planner = new Planner();
      double noise =
          planner.noiseMultiplier(
              epsilon,
              delta,
              rounds,
              Adjacency.ADD_REMOVE,
              z -> PrivacyEvent.sampledGaussian(z, rate));
      double expected = row.number("sigma_pld");
      // The reference itself is exact to 2e-6 relative and rounded to six decimals.
      assertThat(noise / expected).as("row %s", row).isBetween(1 - 3e-6, 1 + 1e-3);
      assertThat(
              planner.epsilon(
                  Composition.of(
                      PrivacyEvent.sampledGaussian(noise, rate), rounds, Adjacency.ADD_REMOVE),
                  delta))
          .isLessThanOrEqualTo(epsilon);
      assertThat(
              planner.rounds(
                  epsilon,
                  delta,
                  PrivacyEvent.sampledGaussian(row.number("sigma_fix"), rate),
                  Composition.empty(Adjacency.ADD_REMOVE)))
          .isEqualTo((long) row.number("max_rounds_pld"));
      rows++;
    }
    assertThat(rows).isEqualTo(6);
  }
}
