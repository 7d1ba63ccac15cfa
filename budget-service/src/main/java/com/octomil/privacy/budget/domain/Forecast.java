package com.octomil.privacy.budget.domain;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Looks ahead from what an account holds. Stateless. */
public final class Forecast {

  /** Noise multipliers are planned to this many decimals, rounded up. */
  static final int NOISE_DECIMALS = 4;

  private static final int MAX_POINTS = 100;

  /**
   * A point of the curve.
   *
   * @param rounds further rounds from now
   * @param spent what is spent after them
   */
  public record Point(long rounds, Epsilon spent) {}

  private Forecast() {}

  /**
   * What is spent after up to {@code rounds} further rounds of the present configuration; at most
   * 101 points.
   */
  public static List<Point> curve(VersionAccount account, GaussianBudget budget, long rounds) {
    List<Point> points = new ArrayList<>();
    long step = Math.max(1, (rounds + MAX_POINTS - 1) / MAX_POINTS);
    for (long n = 0; n < rounds; n += step) {
      points.add(point(account, budget, n));
    }
    points.add(point(account, budget, rounds));
    return points;
  }

  private static Point point(VersionAccount account, GaussianBudget budget, long rounds) {
    RoundTally then = account.held().plus(budget.round(), rounds);
    return new Point(
        rounds, Epsilon.max(account.spent(), Accounting.of(account.held(), budget).epsilon(then)));
  }

  /**
   * The smallest noise multiplier with which the rest of the budget affords {@code rounds} further
   * rounds; empty if none that a configuration accepts does.
   */
  public static Optional<BigDecimal> noiseFor(
      VersionAccount account, GaussianBudget budget, long rounds) {
    long low = ConfigurationRules.MIN_NOISE_MULTIPLIER.movePointRight(NOISE_DECIMALS).longValue();
    long high = ConfigurationRules.MAX_NOISE_MULTIPLIER.movePointRight(NOISE_DECIMALS).longValue();
    if (!affords(account, budget, rounds, high)) {
      return Optional.empty();
    }
    while (low < high) {
      long middle = (low + high) / 2;
      if (affords(account, budget, rounds, middle)) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return Optional.of(BigDecimal.valueOf(low, NOISE_DECIMALS).stripTrailingZeros());
  }

  private static boolean affords(
      VersionAccount account, GaussianBudget budget, long rounds, long noise) {
    RoundKind planned =
        new RoundKind(
            BigDecimal.valueOf(noise, NOISE_DECIMALS),
            budget.samplingRate(),
            budget.distributedBits());
    return !account.spent().exceeds(budget.epsilon())
        && !Accounting.of(account.held(), budget, planned)
            .epsilon(account.held().plus(planned, rounds))
            .exceeds(budget.epsilon());
  }
}
