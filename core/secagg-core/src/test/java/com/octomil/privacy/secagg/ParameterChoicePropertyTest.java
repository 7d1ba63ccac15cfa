package com.octomil.privacy.secagg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.math.BigInteger;
import java.util.Optional;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** Against the definition in exact integer arithmetic, and for what must hold at any size. */
class ParameterChoicePropertyTest {
  private static final int MAX_COHORT = 60;
  private static final BigInteger[][] PASCAL = pascal();

  @Property(tries = 200)
  void equalsTheDefinition(
      @ForAll @IntRange(min = 3, max = MAX_COHORT) int n,
      @ForAll @IntRange(min = 0, max = 50) int gamma,
      @ForAll @IntRange(min = 0, max = 50) int delta,
      @ForAll AdversaryModel adversary,
      @ForAll @IntRange(min = 1, max = 60) int sigma,
      @ForAll @IntRange(min = 1, max = 30) int eta) {
    CohortAssumptions assumptions =
        new CohortAssumptions(adversary, gamma / 100.0, delta / 100.0, sigma, eta);
    assertThat(chosen(n, assumptions)).isEqualTo(defined(n, 1, assumptions));
  }

  @Property(tries = 200)
  void groupsEqualTheDefinition(
      @ForAll @IntRange(min = 6, max = MAX_COHORT) int n,
      @ForAll @IntRange(min = 2, max = 8) int wanted,
      @ForAll @IntRange(min = 0, max = 30) int gamma,
      @ForAll @IntRange(min = 0, max = 30) int delta,
      @ForAll AdversaryModel adversary,
      @ForAll @IntRange(min = 1, max = 60) int sigma,
      @ForAll @IntRange(min = 1, max = 30) int eta) {
    int groups = Math.min(wanted, n / 3);
    CohortAssumptions assumptions =
        new CohortAssumptions(adversary, gamma / 100.0, delta / 100.0, sigma, eta);
    Optional<GraphParameters> chosen;
    try {
      chosen = Optional.of(ParameterChoice.choose(n, assumptions, 0, groups));
    } catch (InfeasibleParametersException e) {
      chosen = Optional.empty();
    }
    assertThat(chosen).isEqualTo(defined(n, groups, assumptions));
  }

  @Example
  void groupsOfAThousandHaveTheDegreesOfTheWholeCohort() throws Exception {
    CohortAssumptions assumptions =
        new CohortAssumptions(AdversaryModel.SEMI_MALICIOUS, 0.1, 0.2, 40, 20);
    GraphParameters whole = ParameterChoice.choose(10_000, assumptions, 0.6);
    GraphParameters grouped = ParameterChoice.choose(10_000, assumptions, 0.6, 10);
    assertThat(grouped)
        .isEqualTo(new GraphParameters(10_000, whole.degree(), whole.threshold(), 10));
    assertThatThrownBy(() -> ParameterChoice.choose(10_000, assumptions, 0.6, 100))
        .isInstanceOf(InfeasibleParametersException.class)
        .hasMessageContaining("in 100 groups")
        .hasMessageEndingWith("or allow larger groups");
    assertThatThrownBy(() -> ParameterChoice.choose(10, assumptions, 0.6, 4))
        .hasMessage("a cohort of 10 cannot be split into 4 groups of 3 devices or more");
  }

  @Property(tries = 30)
  void largeCohortsHaveAGraphWithinHoeffdingsBound(
      @ForAll @IntRange(min = 1000, max = 1_000_000) int n,
      @ForAll @IntRange(min = 0, max = 60) int gamma,
      @ForAll @IntRange(min = 0, max = 60) int delta,
      @ForAll AdversaryModel adversary) {
    CohortAssumptions assumptions =
        new CohortAssumptions(adversary, gamma / 100.0, delta / 100.0, 40, 20);
    Optional<GraphParameters> chosen = chosen(n, assumptions);
    // Far from the edge of what is possible there is a graph, and beyond the edge there is none.
    double needed =
        adversary == AdversaryModel.SEMI_HONEST ? gamma / 100.0 : (1 + gamma / 100.0) / 2;
    double available = 1 - delta / 100.0;
    if (needed > available) {
      assertThat(chosen).isEmpty();
    } else if (available - needed > 0.2) {
      assertThat(chosen).isPresent();
      // With the threshold in the middle of a gap of 0.2, Hoeffding's inequality (which holds
      // without replacement too)
      // bounds each tail by exp(-2 k 0.1^2); at most 2^-40 / 10^6 is asked, so k = 2,078 is enough,
      // and a few more for
      // rounding the threshold.
      assertThat(chosen.get().degree()).isLessThan(2100);
    }
  }

  @Example
  void cohortsOutOfRangeAreInfeasible() {
    CohortAssumptions assumptions = new CohortAssumptions(AdversaryModel.SEMI_HONEST, 0, 0, 40, 20);
    for (int n : new int[] {-1, 0, 1, 2, 1_000_001}) {
      assertThatThrownBy(() -> ParameterChoice.choose(n, assumptions))
          .isInstanceOf(InfeasibleParametersException.class)
          .hasMessage(
              "a cohort of " + n + " cannot aggregate securely; it takes 3 to 1000000 devices");
    }
    assertThat(chosen(3, assumptions)).contains(new GraphParameters(3, 2, 2));
  }

  @Example
  void infeasibleSaysWhy() {
    assertThatThrownBy(() ->
            ParameterChoice.choose(
                20, new CohortAssumptions(AdversaryModel.SEMI_MALICIOUS, 0.3, 0.4, 40, 20)))
        .isInstanceOf(InfeasibleParametersException.class)
        .hasMessage(
            "no neighbour graph of 20 devices withstands 6 corrupt ones and 8 drop-outs: even with all 19 neighbours"
                + " privacy needs 13 shares to rebuild a secret, but only 11 neighbours are sure to survive; assume"
                + " fewer corrupt or dropped devices, or wait for a larger cohort");
  }

  @Example
  void assumptionsAreValidated() {
    assertThatThrownBy(() -> new CohortAssumptions(AdversaryModel.SEMI_HONEST, 1, 0, 40, 20))
        .hasMessage("corrupt_fraction is 1.0; it must be at least 0 and below 1");
    assertThatThrownBy(
            () -> new CohortAssumptions(AdversaryModel.SEMI_HONEST, 0, Double.NaN, 40, 20))
        .hasMessage("dropout_fraction is NaN; it must be at least 0 and below 1");
    assertThatThrownBy(() -> new CohortAssumptions(AdversaryModel.SEMI_HONEST, 0, 0, 0, 20))
        .hasMessage("security_bits is 0; it must be between 1 and 256");
    assertThatThrownBy(() -> new CohortAssumptions(AdversaryModel.SEMI_HONEST, 0, 0, 40, 257))
        .hasMessage("correctness_bits is 257; it must be between 1 and 256");
  }

  @Example
  void abortProbabilities() {
    GraphParameters graph = new GraphParameters(4, 3, 2);
    // Four neighbourhoods of three, each with at most one left of three at 1/2: 4 * (1/8 + 3/8),
    // capped.
    assertThat(ParameterChoice.abortProbability(graph, 0.5, 0)).isEqualTo(1);
    assertThat(ParameterChoice.abortProbability(graph, 0, 4)).isZero();
    assertThat(ParameterChoice.abortProbability(graph, 0, 5)).isEqualTo(1);
    // 0.1: 4 * (0.001 + 3 * 0.01 * 0.9) = 0.112; fewer than two of four: 0.0001 + 4 * 0.001 * 0.9 =
    // 0.0037.
    assertThat(ParameterChoice.abortProbability(graph, 0.1, 2))
        .isCloseTo(0.112 + 0.0037, within(1e-12));
    assertThatThrownBy(() -> ParameterChoice.abortProbability(graph, 1, 2))
        .hasMessageContaining("dropout_fraction is 1.0");
  }

  private static Optional<GraphParameters> chosen(int n, CohortAssumptions assumptions) {
    try {
      return Optional.of(ParameterChoice.choose(n, assumptions));
    } catch (InfeasibleParametersException e) {
      return Optional.empty();
    }
  }

  private static Optional<GraphParameters> defined(
      int n, int groups, CohortAssumptions assumptions) {
    int smallest = n / groups;
    int largest = (n + groups - 1) / groups;
    for (int k = 2; k < smallest - 1; k += 2) {
      Optional<GraphParameters> graph = defined(n, groups, k, k, assumptions);
      if (graph.isPresent()) {
        return graph;
      }
    }
    return defined(n, groups, largest - 1, smallest - 1, assumptions);
  }

  /**
   * @param fewest neighbours of a device in the smallest group
   */
  private static Optional<GraphParameters> defined(
      int n, int groups, int k, int fewest, CohortAssumptions assumptions) {
    int largest = (n + groups - 1) / groups;
    int corrupt = assumptions.corrupt(n);
    int remaining = n - assumptions.dropouts(n);
    int bad = corrupt + n - remaining;
    BigInteger all = binomial(n, k);
    BigInteger privacy = BigInteger.valueOf(n).shiftLeft(assumptions.securityBits() + 1);
    int t1 = 0;
    while (above(n, corrupt, k, t1).multiply(privacy).compareTo(all) >= 0) {
      t1++;
    }
    if (k <= bad && k < largest - 1) {
      // G m (m-k-1) / 2 * C(bad, k) / C(n, k) < 2^-(sigma+1)
      BigInteger pairs =
          BigInteger.valueOf((long) groups * largest * (largest - k - 1))
              .multiply(binomial(bad, k));
      if (pairs.shiftLeft(assumptions.securityBits()).compareTo(all) >= 0) {
        return Optional.empty();
      }
    }
    BigInteger correctness = BigInteger.valueOf(n).shiftLeft(assumptions.correctnessBits());
    int t2 = 0;
    BigInteger draws = binomial(n, fewest);
    while (draws.subtract(above(n, remaining, fewest, t2)).multiply(correctness).compareTo(draws)
        < 0) {
      t2++;
    }
    if (assumptions.adversary() == AdversaryModel.SEMI_MALICIOUS) {
      t1 = (int) Math.ceil((t1 + k - 1.25) / 2);
    }
    int t = Math.max(t1 + 1, 2);
    return t <= Math.min(t2, fewest)
        ? Optional.of(new GraphParameters(n, k, t, groups))
        : Optional.empty();
  }

  /** Number of ways to draw k with more than x marked. */
  private static BigInteger above(int n, int marked, int k, int x) {
    BigInteger sum = BigInteger.ZERO;
    for (int i = x + 1; i <= Math.min(marked, k); i++) {
      sum = sum.add(binomial(marked, i).multiply(binomial(n - marked, k - i)));
    }
    return sum;
  }

  private static BigInteger binomial(int n, int k) {
    return k < 0 || k > n ? BigInteger.ZERO : PASCAL[n][k];
  }

  private static BigInteger[][] pascal() {
    BigInteger[][] triangle = new BigInteger[MAX_COHORT + 1][];
    for (int n = 0; n <= MAX_COHORT; n++) {
      triangle[n] = new BigInteger[n + 1];
      for (int k = 0; k <= n; k++) {
        triangle[n][k] =
            k == 0 || k == n ? BigInteger.ONE : triangle[n - 1][k - 1].add(triangle[n - 1][k]);
      }
    }
    return triangle;
  }
}
