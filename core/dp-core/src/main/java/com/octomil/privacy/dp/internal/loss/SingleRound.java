package com.octomil.privacy.dp.internal.loss;

/**
 * Certified bounds for one round in the forward direction: a sum over the dots of its lattice.
 *
 * <p>All terms are positive, so every answer has a small relative error down to the smallest deltas
 * and sampling rates, where the round-off of a transform would be larger than the answer.
 * Immutable.
 */
public final class SingleRound {
  /** Bound on the relative round-off of a sum of a few thousand positive terms. */
  private static final double SLACK = 1 + 1e-11;

  private final LossLattice lattice;

  public SingleRound(LossLattice lattice) {
    this.lattice = lattice;
  }

  /** Upper bound of delta at {@code epsilon}. */
  public double deltaUpper(double epsilon) {
    double shifted = epsilon - lattice.lossError();
    return sum(lattice.upperForward(), shifted) * SLACK + lattice.infiniteForward();
  }

  private double deltaLower(double epsilon) {
    return sum(lattice.lowerForward(), epsilon + lattice.lossError()) / SLACK;
  }

  private double sum(double[] mass, double epsilon) {
    long[] indices = lattice.indices();
    double total = 0;
    for (int i = mass.length - 1; i >= 0; i--) {
      double beyond = epsilon - indices[i] * lattice.step();
      if (beyond >= 0) {
        break;
      }
      total -= mass[i] * Math.expm1(beyond);
    }
    return total;
  }

  /** Smallest epsilon found whose certified delta is at most {@code delta}, or infinity. */
  public double epsilonUpper(double delta) {
    if (deltaUpper(0) <= delta) {
      return 0;
    }
    double low = 0;
    double high = 2 * LatticeBuilder.MAX_LOSS;
    if (deltaUpper(high) > delta) {
      return Double.POSITIVE_INFINITY;
    }
    while (true) {
      double middle = middle(low, high);
      if (middle <= low || middle >= high) {
        return high;
      }
      if (deltaUpper(middle) <= delta) {
        high = middle;
      } else {
        low = middle;
      }
    }
  }

  /** Largest epsilon found at which {@code delta} is certainly reached, or 0. */
  public double epsilonLower(double delta) {
    if (deltaLower(0) < delta) {
      return 0;
    }
    double low = 0;
    double high = 2 * LatticeBuilder.MAX_LOSS;
    while (true) {
      double middle = middle(low, high);
      if (middle <= low || middle >= high) {
        return low;
      }
      if (deltaLower(middle) >= delta) {
        low = middle;
      } else {
        high = middle;
      }
    }
  }

  /** Geometric, so that small answers are found as precisely as large ones. */
  private static double middle(double low, double high) {
    if (high < 1e-12 || high - low < 1e-11 * high) {
      return high;
    }
    return low > 0 ? Math.sqrt(low * high) : high > 1e-9 ? high * 1e-3 : high / 2;
  }
}
