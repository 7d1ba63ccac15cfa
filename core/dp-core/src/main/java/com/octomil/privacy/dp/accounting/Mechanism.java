package com.octomil.privacy.dp.accounting;

import com.octomil.privacy.dp.internal.Checks;

/** What noise a release carries, in units of its sensitivity to one device. */
public sealed interface Mechanism {
  /**
   * Gaussian noise, continuous or rounded to a grid after an exact continuous draw.
   *
   * @param noiseMultiplier standard deviation over the clipping norm
   */
  record Gaussian(double noiseMultiplier) implements Mechanism {
    public Gaussian {
      Checks.positive("noise_multiplier", noiseMultiplier);
    }
  }

  /**
   * Discrete Gaussian noise on integers (Canonne, Kamath and Steinke 2020).
   *
   * @param sigma the distribution's parameter
   * @param sensitivity L2 sensitivity, an integer for the scalar case
   * @param dimension coordinates of the release; the privacy loss distribution is known for 1 only
   */
  record DiscreteGaussian(double sigma, long sensitivity, long dimension) implements Mechanism {
    public DiscreteGaussian {
      Checks.positive("sigma", sigma);
      Checks.within("sensitivity", sensitivity, 1, 1L << 40);
      Checks.within("dimension", dimension, 1, Long.MAX_VALUE);
    }
  }

  /**
   * Skellam noise, the difference of two Poisson variables (Agarwal et al. 2021).
   *
   * @param variance variance of one coordinate's noise
   * @param l2 L2 sensitivity of the integer vector
   * @param l1 L1 sensitivity of the integer vector
   */
  record Skellam(double variance, double l2, double l1) implements Mechanism {
    public Skellam {
      Checks.positive("variance", variance);
      Checks.positive("l2_sensitivity", l2);
      Checks.positive("l1_sensitivity", l1);
      if (l1 < l2) {
        throw Checks.invalid("l1_sensitivity", l1, "at least the L2 sensitivity " + l2);
      }
    }
  }

  /**
   * Laplace noise.
   *
   * @param noiseMultiplier scale over the L1 sensitivity
   */
  record Laplace(double noiseMultiplier) implements Mechanism {
    public Laplace {
      Checks.positive("noise_multiplier", noiseMultiplier);
    }
  }

  /**
   * One tree of prefix sums in which each device takes part once (Kairouz et al. 2021, Appendix D).
   *
   * @param noiseMultiplier standard deviation of a node over the clipping norm
   * @param steps leaves of the tree
   */
  record TreeAggregation(double noiseMultiplier, long steps) implements Mechanism {
    public TreeAggregation {
      Checks.positive("noise_multiplier", noiseMultiplier);
      Checks.within("steps", steps, 1, 1L << 60);
    }

    /** Nodes that one device's update reaches: ceil(log2(steps + 1)). */
    public int depth() {
      return 64 - Long.numberOfLeadingZeros(steps);
    }
  }

  /** Any mechanism with rho zero-concentrated differential privacy. */
  record ZeroConcentrated(double rho) implements Mechanism {
    public ZeroConcentrated {
      Checks.positive("rho", rho);
    }
  }

  /** Any mechanism with (epsilon, delta) differential privacy, of which nothing more is known. */
  record EpsilonDelta(double epsilon, double delta) implements Mechanism {
    public EpsilonDelta {
      Checks.epsilon(epsilon);
      if (!(delta >= 0 && delta < 1)) {
        throw Checks.invalid("delta", delta, "a number of at least 0 and less than 1");
      }
    }
  }

  /** Stable short name. */
  default String id() {
    if (this instanceof Gaussian) {
      return "gaussian";
    }
    if (this instanceof DiscreteGaussian) {
      return "discrete_gaussian";
    }
    if (this instanceof Skellam) {
      return "skellam";
    }
    if (this instanceof Laplace) {
      return "laplace";
    }
    if (this instanceof TreeAggregation) {
      return "tree";
    }
    return this instanceof ZeroConcentrated ? "zcdp" : "epsdelta";
  }
}
