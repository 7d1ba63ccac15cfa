package com.octomil.privacy.aggregator.domain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.octomil.privacy.secagg.AdversaryModel;
import com.octomil.privacy.secagg.CohortAssumptions;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class RobustSumTest {
  private static final Aggregation MEDIAN = new Aggregation.CoordinateMedian();

  private static int[][] columns(int[]... updates) {
    return updates;
  }

  private static RobustSum of(Aggregation aggregation, int[]... updates) {
    return RobustSum.of(aggregation, List.of(columns(updates)));
  }

  @Test
  void theMedianIsTheMiddleOfEachCoordinateOrTheTwoMiddles() {
    RobustSum odd = of(MEDIAN, new int[] {5, -1}, new int[] {1_000_000, 0}, new int[] {4, 7});
    assertThat(odd.sum()).containsExactly(5, 0);
    assertThat(odd.kept()).isEqualTo(1);
    RobustSum even =
        of(MEDIAN, new int[] {5}, new int[] {-1_000_000}, new int[] {4}, new int[] {8});
    assertThat(even.sum()).containsExactly(9);
    assertThat(even.kept()).isEqualTo(2);
    RobustSum one = of(MEDIAN, new int[] {3});
    assertThat(one.sum()).containsExactly(3);
    assertThat(one.kept()).isEqualTo(1);
  }

  @Test
  void theTrimmedMeanLeavesOutBothEndsOfEachCoordinate() {
    RobustSum sum =
        of(
            new Aggregation.TrimmedMean(0.2),
            new int[] {1, Integer.MAX_VALUE},
            new int[] {2, 7},
            new int[] {Integer.MIN_VALUE, 7},
            new int[] {4, 7},
            new int[] {5, 8});
    assertThat(sum.sum()).containsExactly(1 + 2 + 4, 7 + 7 + 8);
    assertThat(sum.kept()).isEqualTo(3);
  }

  @Test
  void fractionsAreTakenAsTheyAreWritten() {
    assertThat(new Aggregation.TrimmedMean(0.29).leftOut(100)).isEqualTo(29);
    assertThat(new Aggregation.TrimmedMean(0.1).leftOut(9)).isZero();
    assertThat(new Aggregation.TrimmedMean(0.49999).leftOut(3)).isEqualTo(1);
    assertThat(MEDIAN.leftOut(2)).isZero();
    for (double bad : new double[] {0, 0.5, -0.1, Double.NaN}) {
      assertThatThrownBy(() -> new Aggregation.TrimmedMean(bad))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("trim_fraction");
    }
  }

  @Test
  void robustAggregationIsRefusedWhereItCannotBe() {
    SecureAggregationTerms masked =
        new SecureAggregationTerms(
            new CohortAssumptions(AdversaryModel.SEMI_HONEST, 0.1, 0.1, 40, 20), 3, 0.5);
    PrivacyConfiguration plain = configuration(Optional.empty(), Optional.empty());
    PrivacyConfiguration secure = configuration(Optional.empty(), Optional.of(masked));
    PrivacyConfiguration noisy = configuration(Optional.of(Noise.atServer(1)), Optional.empty());
    for (Aggregation robust : List.of(MEDIAN, new Aggregation.TrimmedMean(0.1))) {
      assertThat(robust.refusal(plain)).isEmpty();
      assertThat(robust.refusal(secure).orElseThrow()).contains("server sees only their sum");
      assertThat(robust.refusal(noisy).orElseThrow()).contains("noise is calibrated for a sum");
    }
    assertThat(new Aggregation.Mean().refusal(secure)).isEmpty();
    assertThat(new Aggregation.Mean().refusal(noisy)).isEmpty();
  }

  private static PrivacyConfiguration configuration(
      Optional<Noise> noise, Optional<SecureAggregationTerms> secure) {
    return new PrivacyConfiguration(
        new FederationName("f"), 1, noise, secure, 10, 1, 10, List.of());
  }
}
