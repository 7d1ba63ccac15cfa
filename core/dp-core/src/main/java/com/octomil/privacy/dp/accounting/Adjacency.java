package com.octomil.privacy.dp.accounting;

import java.util.Locale;

/**
 * Which two fleets must be indistinguishable. One device's clipped update has L2 norm at most the
 * clipping norm, the unit of every noise multiplier here.
 */
public enum Adjacency {
  /** One device more or less: the sum moves by at most one clipping norm. */
  ADD_REMOVE(1),
  /** One device's update replaced by any other: the sum moves by at most two clipping norms. */
  REPLACE_ONE(2),
  /**
   * One device's update replaced by zero: the sum moves by at most one clipping norm and the number
   * of devices is not protected (Kairouz et al. 2021, DP-FTRL).
   */
  ZERO_OUT(1);

  private final int sensitivity;

  Adjacency(int sensitivity) {
    this.sensitivity = sensitivity;
  }

  /** Stable short name. */
  public String id() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Largest change of an unsampled sum, in clipping norms. */
  public int sensitivity() {
    return sensitivity;
  }
}
