package com.octomil.privacy.relay.domain;

/** Why a round ended without a result. */
public enum AbortReason {
  /** Fewer devices than the minimum. */
  TOO_FEW_DEVICES,
  /** Too few neighbours of one device are left to rebuild its secrets. */
  NEIGHBOURHOOD_BELOW_THRESHOLD,
  /** No graph meets the assumptions for the devices that showed up. */
  INFEASIBLE_PARAMETERS,
  /** A deadline passed. */
  DEADLINE,
  /** Cancelled by an operator. */
  CANCELLED,
  /** A service failed beyond repair. */
  INTERNAL,
  /** The survivors are too close to those of an earlier sum over the same model. */
  COHORT_DIFFERENCING
}
