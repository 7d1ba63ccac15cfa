package com.octomil.privacy.dp.mechanism;

/**
 * A source of independent integer noise that is drawn exactly from its distribution, out of a
 * cryptographic generator that cannot be replaced. Not thread-safe: one instance per thread.
 */
public sealed interface IntegerNoise permits RoundedGaussian, DiscreteGaussian, Skellam {
  /** The next independent sample. */
  long sample();

  /**
   * Adds an independent sample to every element.
   *
   * @throws ArithmeticException if an element would leave the range of a long; the array is then
   *     partly changed and must be dropped
   */
  default void addTo(long[] sum) {
    for (int i = 0; i < sum.length; i++) {
      sum[i] = Math.addExact(sum[i], sample());
    }
  }
}
