package com.octomil.privacy.dp.accounting;

import com.octomil.privacy.dp.internal.Checks;
import com.octomil.privacy.dp.internal.SampledGaussianMoments;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/**
 * Rényi differential privacy at a set of orders (Mironov 2017), converted to (epsilon, delta) by
 * Proposition 12 of Canonne, Kamath and Steinke 2020.
 *
 * <p>Poisson-sampled Gaussians follow Mironov, Talwar and Zhang 2019; fractional orders integrate
 * their positive moment directly instead of summing its alternating series. Fixed-size sampling
 * follows Theorem 27 of Wang, Balle and Kasiviswanathan 2019. Immutable and thread-safe.
 */
public final class RenyiAccountant {
  /** The orders in common use: 1.1 to 10.9 by 0.1, 11 to 63, 128, 256, 512 and 1024. */
  private static final double[] DEFAULT_ORDERS =
      DoubleStream.concat(
              DoubleStream.concat(
                  IntStream.range(1, 100).mapToDouble(i -> (10 + i) / 10.0),
                  IntStream.range(11, 64).asDoubleStream()),
              DoubleStream.of(128, 256, 512, 1024))
          .toArray();

  private final double[] orders;

  private RenyiAccountant(double[] orders) {
    for (double order : orders) {
      Checks.within("order", order, Math.nextUp(1.0), 1e6);
    }
    this.orders = orders.clone();
  }

  /** The accountant at the default orders. */
  public static RenyiAccountant standard() {
    return new RenyiAccountant(DEFAULT_ORDERS);
  }

  /** The accountant at the given orders, each above 1. */
  public static RenyiAccountant atOrders(double... orders) {
    if (orders.length == 0) {
      throw Checks.invalid("orders", "empty", "at least one order");
    }
    return new RenyiAccountant(orders);
  }

  /** The orders. */
  public double[] orders() {
    return orders.clone();
  }

  /**
   * Smallest epsilon at {@code delta} over the orders.
   *
   * @throws UnsupportedCompositionException with the reason if there is no sound bound
   */
  public double epsilon(Composition composition, double delta)
      throws UnsupportedCompositionException {
    return best(composition, delta)[0];
  }

  /** As {@link #epsilon}, refined between the orders around the best one. */
  public double epsilonOverAllOrders(Composition composition, double delta)
      throws UnsupportedCompositionException {
    double[] best = best(composition, delta);
    int i = Arrays.binarySearch(orders, best[1]);
    if (i < 0 || best[0] == 0) {
      return best[0];
    }
    double left = delta(composition, delta);
    double low = i == 0 ? 1 + (orders[0] - 1) / 8 : orders[i - 1];
    double high = i + 1 == orders.length ? orders[i] * 4 : orders[i + 1];
    double epsilon = best[0];
    double golden = 0.5 * (Math.sqrt(5) - 1);
    for (int step = 0; step < 24 && high - low > 1e-6 * low; step++) {
      double a = high - golden * (high - low);
      double b = low + golden * (high - low);
      double ea = convert(a, renyi(composition, a), left);
      double eb = convert(b, renyi(composition, b), left);
      epsilon = Math.min(epsilon, Math.min(ea, eb));
      if (ea < eb) {
        high = b;
      } else {
        low = a;
      }
    }
    return epsilon;
  }

  /** The order at which {@link #epsilon} is reached. */
  public double bestOrder(Composition composition, double delta)
      throws UnsupportedCompositionException {
    return best(composition, delta)[1];
  }

  private double[] best(Composition composition, double delta)
      throws UnsupportedCompositionException {
    Checks.delta(delta);
    if (composition.rounds().isEmpty()) {
      return new double[] {0, orders[0]};
    }
    double left = delta(composition, delta);
    double best = Double.POSITIVE_INFINITY;
    double at = orders[0];
    for (double order : orders) {
      double epsilon =
          left <= 0 ? Double.POSITIVE_INFINITY : convert(order, renyi(composition, order), left);
      if (epsilon < best) {
        best = epsilon;
        at = order;
      }
    }
    return new double[] {best, at};
  }

  /** What is left of delta after the deltas of (epsilon, delta) rounds. */
  private static double delta(Composition composition, double delta) {
    double kept = 0;
    for (Map.Entry<PrivacyEvent, Long> entry : composition.rounds().entrySet()) {
      if (entry.getKey().mechanism() instanceof Mechanism.EpsilonDelta event) {
        kept += entry.getValue() * Math.log1p(-event.delta());
      }
    }
    // 1 - delta = (1 - rest) * product of (1 - delta_i).
    return kept == 0 ? delta : -Math.expm1(Math.log1p(-delta) - kept);
  }

  /** Epsilon of Rényi divergence {@code rho} at {@code order}, Proposition 12; never below 0. */
  public static double convert(double order, double rho, double delta) {
    if (delta * delta + Math.expm1(-rho) > 0) {
      // Total variation is at most sqrt(1 - e^-KL) (Bretagnolle and Huber), and KL at most rho.
      return 0;
    }
    if (order <= 1.01) {
      return Double.POSITIVE_INFINITY;
    }
    double epsilon =
        rho + Math.log1p(-1 / order) - (Math.log(delta) + Math.log(order)) / (order - 1);
    return Math.max(0, epsilon);
  }

  /** Largest Rényi divergence of the composition at {@code order}. */
  public static double renyi(Composition composition, double order)
      throws UnsupportedCompositionException {
    double sum = 0;
    for (Map.Entry<PrivacyEvent, Long> entry : composition.rounds().entrySet()) {
      sum += entry.getValue() * renyi(entry.getKey(), composition.adjacency(), order);
    }
    return sum;
  }

  /** Largest Rényi divergence of one round at {@code order}. */
  public static double renyi(PrivacyEvent event, Adjacency adjacency, double order)
      throws UnsupportedCompositionException {
    if (event.sampling() instanceof Sampling.None) {
      return unsampled(event.mechanism(), adjacency, order);
    }
    if (!(event.mechanism() instanceof Mechanism.Gaussian gaussian)) {
      throw new UnsupportedCompositionException(
          "no Renyi bound is known here for "
              + event.mechanism().id()
              + " noise under "
              + event.sampling().id()
              + " sampling; Gaussian noise has one");
    }
    double sigma = gaussian.noiseMultiplier();
    if (event.sampling() instanceof Sampling.WithoutReplacement sampling) {
      requireReplacement(adjacency);
      return SampledGaussianMoments.renyiWithoutReplacement(sampling.rate(), sigma, order);
    }
    boolean replace = adjacency == Adjacency.REPLACE_ONE;
    if (event.sampling() instanceof Sampling.Poisson sampling) {
      return sampled(sampling.rate(), sigma, order, replace);
    }
    Sampling.TruncatedPoisson sampling = (Sampling.TruncatedPoisson) event.sampling();
    double full = sampling.fullWithoutOne();
    if (full == 0) {
      return sampled(sampling.rate(), sigma, order, replace);
    }
    // If the cohort is full without this device, it displaces another: distance two (see
    // truncated in PrivacyLossAccountant).
    double whole = (order - 1) * sampled(sampling.rate(), sigma, order, replace);
    double cut =
        (order - 1)
            * sampled(
                sampling.displacementRate(), sigma / 2, order, adjacency != Adjacency.ADD_REMOVE);
    double high = Math.max(whole, cut);
    return (high + Math.log((1 - full) * Math.exp(whole - high) + full * Math.exp(cut - high)))
        / (order - 1);
  }

  private static double sampled(double rate, double sigma, double order, boolean replace) {
    return replace
        ? SampledGaussianMoments.renyiReplacement(rate, sigma, order)
        : SampledGaussianMoments.renyi(rate, sigma, order);
  }

  static void requireReplacement(Adjacency adjacency) throws UnsupportedCompositionException {
    if (adjacency != Adjacency.REPLACE_ONE) {
      throw new UnsupportedCompositionException(
          "sampling a fixed number without replacement is analysed for replace-one adjacency only:"
              + " the cohort size itself would reveal an added or removed device");
    }
  }

  private static double unsampled(Mechanism mechanism, Adjacency adjacency, double order)
      throws UnsupportedCompositionException {
    double distance = adjacency.sensitivity();
    if (mechanism instanceof Mechanism.Gaussian event) {
      double mu = distance / event.noiseMultiplier();
      return order * mu * mu / 2;
    }
    if (mechanism instanceof Mechanism.DiscreteGaussian event) {
      double mu = distance * event.sensitivity() / event.sigma();
      return order * mu * mu / 2;
    }
    if (mechanism instanceof Mechanism.Skellam event) {
      return skellam(event.variance(), distance * event.l2(), distance * event.l1(), order);
    }
    if (mechanism instanceof Mechanism.Laplace event) {
      return laplace(distance / event.noiseMultiplier(), order);
    }
    if (mechanism instanceof Mechanism.TreeAggregation event) {
      requireZeroOut(adjacency);
      return order * event.depth() / (2 * event.noiseMultiplier() * event.noiseMultiplier());
    }
    if (mechanism instanceof Mechanism.ZeroConcentrated event) {
      return order * event.rho();
    }
    return randomizedResponse(((Mechanism.EpsilonDelta) mechanism).epsilon(), order);
  }

  static void requireZeroOut(Adjacency adjacency) throws UnsupportedCompositionException {
    if (adjacency != Adjacency.ZERO_OUT) {
      throw new UnsupportedCompositionException(
          "tree aggregation is analysed for zero-out adjacency only: adding or removing a device"
              + " would shift every later leaf");
    }
  }

  /** Agarwal, Kairouz and Liu 2021, Theorem 3.5, at the next integer order. */
  private static double skellam(double variance, double l2, double l1, double order) {
    double integer = Math.ceil(order);
    double excess =
        Math.min(
            ((2 * integer - 1) * l2 * l2 + 6 * l1) / (4 * variance * variance),
            3 * l1 / (2 * variance));
    return integer * l2 * l2 / (2 * variance) + excess;
  }

  /** Mironov 2017, Proposition 6. */
  private static double laplace(double epsilon, double order) {
    double x = (order - 1) * Math.expm1((1 - 2 * order) * epsilon) / (2 * order - 1);
    return epsilon + Math.log1p(x) / (order - 1);
  }

  /** Mironov 2017, Proposition 5: randomised response dominates every pure mechanism. */
  private static double randomizedResponse(double epsilon, double order) {
    double exponent = order * epsilon + softplus((1 - 2 * order) * epsilon) - softplus(epsilon);
    return Math.max(0, exponent / (order - 1));
  }

  private static double softplus(double x) {
    return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
  }
}
