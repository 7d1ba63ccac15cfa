package com.octomil.privacy.aggregator.domain;

import java.util.Locale;

/** Why a round ended without a result. */
public enum AbortReason {
  /** Fewer devices advertised, shared or uploaded than the minimum. */
  TOO_FEW_DEVICES,
  /** A neighbourhood fell below the reconstruction threshold. */
  NEIGHBOURHOOD_BELOW_THRESHOLD,
  /** Secret sharing parameters cannot be met for the cohort that showed up. */
  INFEASIBLE_PARAMETERS,
  /** A deadline of the round passed without enough answers. */
  DEADLINE,
  /** The operator cancelled the training job. */
  CANCELLED,
  /** A service failed in a way that cannot be repaired within the round. */
  INTERNAL,
  /**
   * The survivors differ from those of an earlier sum over the same model by fewer devices than the
   * minimum.
   */
  COHORT_DIFFERENCING;

  public String id() {
    return name().toLowerCase(Locale.ROOT);
  }

  public static AbortReason of(String id) {
    return valueOf(id.toUpperCase(Locale.ROOT));
  }
}
