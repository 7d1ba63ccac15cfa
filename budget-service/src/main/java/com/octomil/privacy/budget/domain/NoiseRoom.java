package com.octomil.privacy.budget.domain;

import com.octomil.privacy.dp.mechanism.DistributedNoise;

/** Room that a sum needs for the noise that devices add before it is unmasked. */
final class NoiseRoom {

  // The model is not known when a configuration is put; the bound grows with the root of its
  // logarithm.
  private static final long DIMENSION = 1L << 24;

  /** As for the rest of secure aggregation: less likely than 2^-40. */
  private static final int FAILURE_BITS = 40;

  private NoiseRoom() {}

  /** Bound on the summed noise of a cohort; 0 if the devices add none. */
  static long of(DifferentialPrivacy dp, SecureAggregation sa, int cohort, int quantizationBits) {
    Integer minimum = sa.minParticipatingClients();
    if (!dp.enabled()
        || dp.noiseMultiplier() == null
        || dp.noisePlacement() != NoisePlacement.DISTRIBUTED
        || minimum == null) {
      return 0;
    }
    try {
      return DistributedNoise.forRound(
              dp.noiseMultiplier().doubleValue(),
              1L << quantizationBits,
              minimum,
              cohort,
              sa.corruptFraction().doubleValue())
          .tailBound(cohort, DIMENSION, FAILURE_BITS);
    } catch (IllegalArgumentException e) {
      // Refused under its own name.
      return 0;
    }
  }
}
