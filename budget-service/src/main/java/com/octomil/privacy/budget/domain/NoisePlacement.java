package com.octomil.privacy.budget.domain;

/** Who adds the noise. */
public enum NoisePlacement {
  /** The aggregator, to the unmasked sum, before anything else sees it. */
  SERVER
}
