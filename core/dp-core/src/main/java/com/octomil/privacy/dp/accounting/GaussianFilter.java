package com.octomil.privacy.dp.accounting;

import com.octomil.privacy.dp.internal.Checks;
import java.util.HashMap;
import java.util.Map;

/**
 * A privacy filter for unsampled Gaussian rounds whose noise is chosen as the training goes on.
 *
 * <p>It admits a round while the sum of the squared sensitivities over noise stays within the
 * square of the mu that the budget affords. Stopping by such a cap keeps the exact (epsilon, delta)
 * guarantee of one Gaussian release also under adaptive choice (Feldman and Zrnic 2021; Koskela,
 * Tobaben and Honkela 2023). Thread-safe.
 */
public final class GaussianFilter {
  private final double cap;
  private final Adjacency adjacency;
  private final Map<Double, Long> admitted = new HashMap<>();

  public GaussianFilter(double epsilon, double delta, Adjacency adjacency) {
    this.cap = AnalyticGaussian.mu(epsilon, delta);
    this.adjacency = adjacency;
  }

  /** Admits one round and charges it, or leaves everything as it was and answers false. */
  public synchronized boolean tryCharge(double noiseMultiplier) {
    Checks.positive("noise_multiplier", noiseMultiplier);
    Map<Double, Long> next = new HashMap<>(admitted);
    next.merge(noiseMultiplier, 1L, Math::addExact);
    if (GaussianComposition.mu(next, adjacency) > cap) {
      return false;
    }
    admitted.put(noiseMultiplier, next.getOrDefault(noiseMultiplier, 1L));
    return true;
  }

  /** Epsilon of what was admitted so far, at any delta. */
  public synchronized double spent(double delta) {
    return AnalyticGaussian.epsilon(GaussianComposition.mu(admitted, adjacency), delta);
  }
}
