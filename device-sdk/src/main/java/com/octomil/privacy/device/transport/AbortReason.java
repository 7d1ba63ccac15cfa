package com.octomil.privacy.device.transport;

/** Why the servers ended a round without a result. */
public enum AbortReason {
  /** The server named a reason that this version does not know. */
  UNKNOWN,
  /** Fewer devices advertised, shared or uploaded than the minimum. */
  TOO_FEW_DEVICES,
  /** A neighbourhood fell below the reconstruction threshold. */
  NEIGHBOURHOOD_BELOW_THRESHOLD,
  /** No secret-sharing parameters are safe for the cohort that showed up. */
  INFEASIBLE_PARAMETERS,
  /** A deadline passed without enough answers. */
  DEADLINE,
  /** The operator cancelled the training job. */
  CANCELLED,
  /** A service failed in a way that cannot be repaired within the round. */
  INTERNAL,
  /**
   * The survivors differ from those of an earlier sum over the same model by fewer devices than the
   * minimum.
   */
  COHORT_DIFFERENCING
}
