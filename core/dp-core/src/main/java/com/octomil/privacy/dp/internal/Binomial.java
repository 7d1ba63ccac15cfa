package com.octomil.privacy.dp.internal;

import org.apache.commons.numbers.gamma.RegularizedBeta;

/** Binomial tails. */
public final class Binomial {
  private Binomial() {}

  /** Pr[Bin(trials, p) >= k], rounded up by 1e-9 relative. */
  public static double atLeast(long trials, double p, long k) {
    if (k <= 0 || p == 1) {
      return k <= trials ? 1 : 0;
    }
    if (k > trials) {
      return 0;
    }
    double value = RegularizedBeta.value(p, k, (double) (trials - k + 1));
    return Math.min(1, value * (1 + 1e-9));
  }
}
