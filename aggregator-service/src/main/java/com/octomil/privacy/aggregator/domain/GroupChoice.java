package com.octomil.privacy.aggregator.domain;

import com.octomil.privacy.secagg.GraphParameters;
import com.octomil.privacy.secagg.Grouping;
import com.octomil.privacy.secagg.InfeasibleParametersException;
import com.octomil.privacy.secagg.ParameterChoice;
import java.util.Optional;

/** Whether and how the roster of a round is split. Stateless; thread-safe. */
public final class GroupChoice {
  private GroupChoice() {}

  /**
   * Groups of at most {@code maxGroupSize} devices for a cohort that is larger. Empty where all
   * devices had better be in one graph: small cohorts; no secure aggregation; noise that devices
   * add, since each group's sum would show less of it; groups that may have no feasible graph, or
   * that the assumed drop-outs bring below the minimum of survivors.
   *
   * @param targetCohort most devices on the roster
   */
  public static Optional<Grouping> of(
      int targetCohort, int maxGroupSize, PrivacyConfiguration configuration) {
    if (targetCohort <= maxGroupSize
        || configuration.secureAggregation().isEmpty()
        || configuration
            .noise()
            .filter(noise -> noise.placement() == Noise.Placement.DISTRIBUTED)
            .isPresent()) {
      return Optional.empty();
    }
    SecureAggregationTerms terms = configuration.secureAggregation().get();
    int minimum = Math.max(terms.minParticipatingClients(), GraphParameters.MIN_COHORT);
    // The smallest groups there can be: those of a roster just beyond the limit.
    int smallest = (maxGroupSize + 1) / 2;
    if (smallest - terms.assumptions().dropouts(smallest) < minimum) {
      return Optional.empty();
    }
    Grouping grouping = new Grouping(maxGroupSize, minimum);
    return feasible(maxGroupSize + 1, grouping, terms) && feasible(targetCohort, grouping, terms)
        ? Optional.of(grouping)
        : Optional.empty();
  }

  private static boolean feasible(int cohort, Grouping grouping, SecureAggregationTerms terms) {
    try {
      ParameterChoice.choose(
          cohort, terms.assumptions(), terms.reconstructionThreshold(), grouping.groups(cohort));
      return true;
    } catch (InfeasibleParametersException e) {
      return false;
    }
  }
}
