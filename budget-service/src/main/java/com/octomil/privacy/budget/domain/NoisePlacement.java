package com.octomil.privacy.budget.domain;

/** Who adds the noise. */
public enum NoisePlacement {
  /** The aggregator, to the unmasked sum, before anything else sees it. */
  SERVER,
  /** Every device, a share to its masked update: nobody ever sees a sum without noise. */
  DISTRIBUTED
}
