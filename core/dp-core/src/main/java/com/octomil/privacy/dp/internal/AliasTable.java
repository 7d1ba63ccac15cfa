package com.octomil.privacy.dp.internal;

import java.util.ArrayDeque;
import java.util.Arrays;

/** Alias tables (Walker 1977, Vose 1991) with integer weights, so that every draw is exact. */
final class AliasTable {
  private AliasTable() {}

  /**
   * Cuts the weights into columns of equal capacity with at most two owners each.
   *
   * @param weights one for each column; their sum is columns times {@code capacity}
   * @param thresholds receives how much of each column belongs to the column itself
   * @param aliases receives the owner of the rest
   */
  static void build(long[] weights, long capacity, long[] thresholds, short[] aliases) {
    long[] left = weights.clone();
    ArrayDeque<Integer> small = new ArrayDeque<>();
    ArrayDeque<Integer> large = new ArrayDeque<>();
    for (int j = 0; j < left.length; j++) {
      (left[j] < capacity ? small : large).add(j);
    }
    Arrays.fill(thresholds, capacity);
    while (!small.isEmpty()) {
      int s = small.remove();
      int l = large.element();
      thresholds[s] = left[s];
      aliases[s] = (short) l;
      left[l] -= capacity - left[s];
      if (left[l] < capacity) {
        small.add(large.remove());
      }
    }
  }
}
