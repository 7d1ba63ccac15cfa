package com.octomil.privacy.dp.accounting;

import com.octomil.privacy.dp.internal.Checks;

/**
 * A privacy filter for rounds whose parameters are chosen as the training goes on (Feldman and
 * Zrnic 2021, Theorem 4.3; Lécuyer 2021).
 *
 * <p>The orders are fixed before the first round. With one order the cap is the largest Rényi
 * divergence that Proposition 12 of Canonne, Kamath and Steinke 2020 converts to the budget. With m
 * orders each holds a share delta/m and the tail bound epsilon = rho + log(m/delta)/(order - 1); a
 * round is admitted while at least one order stays under its cap, and the union of the m tail
 * events has probability at most delta whatever the choices were. Thread-safe.
 */
public final class RenyiFilter {
  private final double[] orders;
  private final double[] caps;
  private final double[] spent;
  private final Adjacency adjacency;

  /**
   * @param orders fixed orders, each above 1; a single one is tightest if the schedule is roughly
   *     known
   */
  public RenyiFilter(double epsilon, double delta, Adjacency adjacency, double... orders) {
    Checks.epsilon(epsilon);
    Checks.delta(delta);
    if (orders.length == 0) {
      throw Checks.invalid("orders", "empty", "at least one order");
    }
    this.adjacency = adjacency;
    this.orders = orders.clone();
    this.caps = new double[orders.length];
    this.spent = new double[orders.length];
    for (int i = 0; i < orders.length; i++) {
      double order = Checks.within("order", orders[i], 1.01, 1e6);
      double whole = Math.log(delta);
      caps[i] =
          orders.length == 1
              ? epsilon - Math.log1p(-1 / order) + (whole + Math.log(order)) / (order - 1)
              : epsilon + (whole - Math.log(orders.length)) / (order - 1);
      caps[i] -= 1e-12 * (1 + Math.abs(caps[i]));
    }
  }

  /**
   * Admits one round and charges it, or leaves everything as it was and answers false.
   *
   * @throws UnsupportedCompositionException if the round has no Rényi bound; nothing is charged
   */
  public synchronized boolean tryCharge(PrivacyEvent event) throws UnsupportedCompositionException {
    double[] next = new double[orders.length];
    boolean fits = false;
    if (event.mechanism() instanceof Mechanism.EpsilonDelta leaky && leaky.delta() > 0) {
      throw new UnsupportedCompositionException(
          "a round that may fail with probability " + leaky.delta() + " has no Renyi bound");
    }
    for (int i = 0; i < orders.length; i++) {
      next[i] = spent[i] + RenyiAccountant.renyi(event, adjacency, orders[i]) * (1 + 1e-9);
      fits |= next[i] <= caps[i];
    }
    if (!fits) {
      return false;
    }
    System.arraycopy(next, 0, spent, 0, next.length);
    return true;
  }

  /** Share of the cap that is spent at the order with the most left, from 0 to 1. */
  public synchronized double spentShare() {
    double share = 1;
    for (int i = 0; i < orders.length; i++) {
      if (caps[i] > 0) {
        share = Math.min(share, spent[i] / caps[i]);
      }
    }
    return share;
  }
}
