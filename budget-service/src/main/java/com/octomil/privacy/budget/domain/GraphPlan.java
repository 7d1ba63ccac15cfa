package com.octomil.privacy.budget.domain;

import com.octomil.privacy.secagg.CohortAssumptions;
import com.octomil.privacy.secagg.GraphParameters;
import com.octomil.privacy.secagg.InfeasibleParametersException;
import com.octomil.privacy.secagg.ParameterChoice;
import java.math.BigDecimal;
import java.math.RoundingMode;

/**
 * The neighbour graph that a configuration leads to. A graph withstands a fixed number of
 * drop-outs, and a cohort in which each device drops out with the assumed probability exceeds its
 * mean half of the time. So the graph is planned for the number that is exceeded once in a thousand
 * rounds, or for the largest below it that is feasible.
 *
 * @param dropoutFraction what the graph is built to withstand; at least the assumed fraction
 * @param graph degree and threshold at the expected cohort
 */
public record GraphPlan(BigDecimal dropoutFraction, GraphParameters graph) {

  private static final double EXCEEDED = 1e-3;
  private static final int DECIMALS = 6;

  /**
   * Plans the graph.
   *
   * @param sa enabled secure aggregation
   * @param cohort expected number of devices
   * @throws InfeasibleParametersException if not even the assumed fraction can be withstood
   */
  public static GraphPlan of(SecureAggregation sa, int cohort)
      throws InfeasibleParametersException {
    BigDecimal assumed = sa.dropoutFraction();
    int fewest = assumed.multiply(BigDecimal.valueOf(cohort)).intValue();
    int most = Math.max(fewest, Math.min(cohort - 1, quantile(cohort, assumed.doubleValue())));
    GraphPlan best = plan(sa, cohort, assumed);
    // Feasibility only ever ends as drop-outs rise.
    int low = fewest;
    int high = most + 1;
    while (high - low > 1) {
      int middle = most < high ? most : low + (high - low) / 2;
      try {
        best = plan(sa, cohort, fraction(middle, cohort).max(assumed));
        low = middle;
      } catch (InfeasibleParametersException e) {
        high = middle;
      }
    }
    return best;
  }

  private static GraphPlan plan(SecureAggregation sa, int cohort, BigDecimal dropoutFraction)
      throws InfeasibleParametersException {
    BigDecimal threshold = sa.reconstructionThreshold();
    CohortAssumptions assumptions =
        new CohortAssumptions(
            sa.adversary(),
            sa.corruptFraction().doubleValue(),
            dropoutFraction.doubleValue(),
            sa.securityBits(),
            sa.correctnessBits());
    return new GraphPlan(
        dropoutFraction,
        ParameterChoice.choose(
            cohort, assumptions, threshold == null ? 0 : threshold.doubleValue()));
  }

  /** Rounded up, so that the fraction of the cohort is again the count. */
  private static BigDecimal fraction(int count, int cohort) {
    return BigDecimal.valueOf(count)
        .divide(BigDecimal.valueOf(cohort), DECIMALS, RoundingMode.CEILING)
        .min(new BigDecimal("0.999999"));
  }

  /**
   * The smallest number that a binomial variable exceeds with probability at most {@link
   * #EXCEEDED}.
   */
  private static int quantile(int n, double p) {
    if (p == 0) {
      return 0;
    }
    double logOdds = Math.log(p) - Math.log1p(-p);
    double logMass = n * Math.log1p(-p);
    double below = Math.exp(logMass);
    int k = 0;
    while (k < n && below < 1 - EXCEEDED) {
      logMass += Math.log((double) (n - k) / (k + 1)) + logOdds;
      below += Math.exp(logMass);
      k++;
    }
    return k;
  }
}
