package com.octomil.privacy.secagg;

import com.octomil.privacy.secagg.internal.Checks;
import com.octomil.privacy.secagg.internal.DiscreteTails;

/**
 * Degree and threshold of the neighbour graph, computed from what the round must withstand (after
 * Bell et al., "Secure Single-Server Aggregation with (Poly)Logarithmic Overhead", CCS 2020). All
 * probabilities are summed exactly and compared in log space. Thread-safe.
 *
 * <p>With n devices, C = floor(gamma n) corrupt ones, D = floor(delta n) drop-outs and HG(n, m, k)
 * the number of marked devices among k drawn out of n with m marked, the degree is the smallest
 * even k for which a threshold t satisfies
 *
 * <ul>
 *   <li>privacy: t exceeds t1 = min{x : Pr[HG(n, C, k) > x] &lt; 2^-(sigma+1) / n}; against a
 *       server that tells neighbourhoods different survivor sets, t1 is first replaced by ceil((t1
 *       + k - 1.25) / 2);
 *   <li>connectivity: n (n-k-1) / 2 * B! (n-k)! / (n! (B-k)!) &lt; 2^-(sigma+1) with B = C + D
 *       (zero if k > B);
 *   <li>correctness: t is at most t2 = min{x : Pr[HG(n, n-D, k) &lt;= x] >= 2^-eta / n}.
 * </ul>
 *
 * <p>In G groups of m or m - 1 devices, cut from one permutation of the cohort, the neighbours of a
 * device are still k devices drawn out of all n, so both tails are those above; that any group
 * falls apart is bounded by G m (m-k-1) / 2 times the same fraction. Where no even k below the
 * smallest group's m' - 1 will do, the groups are complete: t exceeds t1 of k = m - 1 and is at
 * most t2 of m' - 1.
 */
public final class ParameterChoice {
  private static final double LN_2 = Math.log(2);

  private ParameterChoice() {}

  /**
   * The graph for a cohort; the complete graph if no smaller degree will do.
   *
   * @param cohort number of devices n
   * @param assumptions what the round must withstand
   * @param reconstructionThreshold fraction of a neighbourhood that must survive, 0 to 1; it only
   *     ever raises the threshold
   * @throws InfeasibleParametersException if no degree up to n - 1 meets the assumptions, or n is
   *     out of range
   */
  public static GraphParameters choose(
      int cohort, CohortAssumptions assumptions, double reconstructionThreshold)
      throws InfeasibleParametersException {
    return choose(cohort, assumptions, reconstructionThreshold, 1);
  }

  /**
   * The graph for a cohort that is split into groups; complete ones if no smaller degree will do.
   *
   * @param groups number of groups; 1: the cohort is not split
   * @throws InfeasibleParametersException if no degree that fits into the smallest group meets the
   *     assumptions, or n is out of range
   * @see #choose(int, CohortAssumptions, double)
   */
  public static GraphParameters choose(
      int cohort, CohortAssumptions assumptions, double reconstructionThreshold, int groups)
      throws InfeasibleParametersException {
    if (!(reconstructionThreshold >= 0 && reconstructionThreshold <= 1)) {
      throw new IllegalArgumentException(
          "reconstruction_threshold is "
              + reconstructionThreshold
              + "; it must be between 0 and 1");
    }
    GraphParameters floor = floor(cohort, assumptions, groups);
    int fewestNeighbours = Math.min(floor.degree(), floor.smallestGroup() - 1);
    int threshold =
        Math.max(floor.threshold(), (int) Math.ceil(reconstructionThreshold * fewestNeighbours));
    return new GraphParameters(cohort, floor.degree(), threshold, groups);
  }

  /** The floor for degree and threshold; see {@link #choose(int, CohortAssumptions, double)}. */
  public static GraphParameters choose(int cohort, CohortAssumptions assumptions)
      throws InfeasibleParametersException {
    return floor(cohort, assumptions, 1);
  }

  private static GraphParameters floor(int cohort, CohortAssumptions assumptions, int groups)
      throws InfeasibleParametersException {
    if (cohort < GraphParameters.MIN_COHORT || cohort > GraphParameters.MAX_COHORT) {
      throw new InfeasibleParametersException(
          "a cohort of "
              + cohort
              + " cannot aggregate securely; it takes "
              + GraphParameters.MIN_COHORT
              + " to "
              + GraphParameters.MAX_COHORT
              + " devices");
    }
    int smallest = cohort / groups;
    if (groups < 1 || smallest < GraphParameters.MIN_COHORT) {
      throw new InfeasibleParametersException(
          "a cohort of "
              + cohort
              + " cannot be split into "
              + groups
              + " groups of "
              + GraphParameters.MIN_COHORT
              + " devices or more");
    }
    Search search = new Search(cohort, assumptions, groups);
    for (int degree = 2; degree < smallest - 1; degree += 2) {
      int threshold = search.threshold(degree, degree);
      if (threshold > 0) {
        return new GraphParameters(cohort, degree, threshold, groups);
      }
    }
    int largest = -Math.floorDiv(-cohort, groups);
    int threshold = search.threshold(largest - 1, smallest - 1);
    if (threshold > 0) {
      return new GraphParameters(cohort, largest - 1, threshold, groups);
    }
    throw new InfeasibleParametersException(search.explainInfeasible());
  }

  /**
   * Most corrupt devices that are to be expected among the neighbours of any device: t1 of the
   * class description, exceeded anywhere in the cohort with probability below 2^-(sigma+1).
   */
  public static int corruptNeighbours(GraphParameters graph, CohortAssumptions assumptions) {
    int cohort = graph.cohort();
    int corrupt = assumptions.corrupt(cohort);
    double bound = -(assumptions.securityBits() + 1) * LN_2 - Math.log(cohort);
    // The bound is far below one half, so t1 does not lie below the median, nor that one below the
    // mean.
    int most = Math.max(0, (int) ((long) graph.degree() * corrupt / cohort) - 1);
    while (DiscreteTails.logHypergeometricAbove(cohort, corrupt, graph.degree(), most) >= bound) {
      most++;
    }
    return most;
  }

  /**
   * Bound on the probability that an honest round aborts when each device drops out independently
   * with a probability: fewer than {@code minSurvivors} remain, or (union bound over all devices)
   * some neighbourhood falls below the threshold.
   *
   * @param graph the graph of the round
   * @param dropoutFraction probability with which a device drops out, {@code 0 <= delta < 1}
   * @param minSurvivors fewer survivors than this abort the round
   * @return between 0 and 1
   */
  public static double abortProbability(
      GraphParameters graph, double dropoutFraction, int minSurvivors) {
    Checks.fraction("dropout_fraction", dropoutFraction);
    double survive = 1 - dropoutFraction;
    double tooFew = Math.exp(DiscreteTails.logBinomialBelow(graph.cohort(), survive, minSurvivors));
    double neighbourhood =
        graph.cohort()
            * Math.exp(DiscreteTails.logBinomialBelow(graph.degree(), survive, graph.threshold()));
    return Math.min(1, tooFew + neighbourhood);
  }

  /**
   * Walks through rising degrees. t1 and t2 never fall as the degree rises (a larger neighbourhood
   * has stochastically more marked members), so each continues where it stood; the exact tail is
   * summed only around it.
   */
  private static final class Search {
    private final int n;
    private final int groups;
    private final int largest;
    private final int corrupt;
    private final int dropouts;
    private final boolean twoFaced;
    private final double privacyBound;
    private final double connectivityBound;
    private final double correctnessBound;
    private int corruptNeighbours;
    private int survivingNeighbours;
    // log of B! (n-k)! / (n! (B-k)!) for k = connectivityDegree
    private double connectivity;
    private int connectivityDegree;

    Search(int n, CohortAssumptions assumptions, int groups) {
      this.n = n;
      this.groups = groups;
      largest = -Math.floorDiv(-n, groups);
      corrupt = assumptions.corrupt(n);
      dropouts = assumptions.dropouts(n);
      twoFaced = assumptions.adversary() == AdversaryModel.SEMI_MALICIOUS;
      connectivityBound = -(assumptions.securityBits() + 1) * LN_2;
      privacyBound = connectivityBound - Math.log(n);
      correctnessBound = -assumptions.correctnessBits() * LN_2 - Math.log(n);
    }

    /**
     * The threshold for a degree not below the last one asked for, 0 if there is none.
     *
     * @param fewest neighbours of a device in the smallest group; the degree unless groups are
     *     complete
     */
    int threshold(int degree, int fewest) {
      // The bounds on both tails are below one half, so t1 and t2 lie on their sides of the
      // medians, and a hypergeometric
      // median is within one of the mean. This settles hopeless degrees without summing anything.
      double meanSurvivors = (double) fewest * (n - dropouts) / n;
      int meanCorrupt = (int) ((long) degree * corrupt / n);
      corruptNeighbours = Math.max(corruptNeighbours, meanCorrupt - 1);
      if (!connected(degree) || lowest(degree, corruptNeighbours) > meanSurvivors + 1) {
        return 0;
      }
      while (DiscreteTails.logHypergeometricAbove(n, corrupt, degree, corruptNeighbours)
          >= privacyBound) {
        corruptNeighbours++;
      }
      int lowest = lowest(degree, corruptNeighbours);
      if (lowest > meanSurvivors + 1) {
        return 0;
      }
      while (DiscreteTails.logHypergeometricAtMost(n, n - dropouts, fewest, survivingNeighbours)
          < correctnessBound) {
        survivingNeighbours++;
      }
      return lowest <= Math.min(survivingNeighbours, fewest) ? lowest : 0;
    }

    private int lowest(int degree, int t1) {
      // ceil((t1 + k - 1.25) / 2) is floor((t1 + k) / 2) for integers.
      return Math.max((twoFaced ? (t1 + degree) / 2 : t1) + 1, 2);
    }

    private boolean connected(int degree) {
      int bad = corrupt + dropouts;
      if (degree > bad || degree >= largest - 1) {
        return true;
      }
      for (; connectivityDegree < degree; connectivityDegree++) {
        connectivity += Math.log((double) (bad - connectivityDegree) / (n - connectivityDegree));
      }
      double pairs = Math.log(groups) + Math.log(largest) + Math.log(largest - degree - 1.0) - LN_2;
      return pairs + connectivity < connectivityBound;
    }

    String explainInfeasible() {
      int fewest = n / groups - 1;
      // At worst, all that are corrupt or drop out are neighbours of one device.
      int lowest = lowest(largest - 1, Math.min(corrupt, largest - 1));
      return "no neighbour graph of "
          + n
          + " devices"
          + (groups == 1 ? "" : " in " + groups + " groups")
          + " withstands "
          + corrupt
          + " corrupt ones and "
          + dropouts
          + " drop-outs: even with all "
          + fewest
          + " neighbours privacy "
          + (groups == 1 ? "needs " : "may need ")
          + lowest
          + " shares to rebuild a secret, but only "
          + Math.max(0, fewest - dropouts)
          + " neighbours are sure to survive; assume fewer corrupt or dropped devices, or "
          + (groups == 1 ? "wait for a larger cohort" : "allow larger groups");
    }
  }
}
