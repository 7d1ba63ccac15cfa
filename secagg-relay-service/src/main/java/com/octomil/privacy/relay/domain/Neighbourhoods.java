package com.octomil.privacy.relay.domain;

import com.octomil.privacy.secagg.graph.NeighbourGraph;
import java.util.BitSet;
import java.util.OptionalInt;

/** Whether the secrets of everybody who shared can still be rebuilt. */
public final class Neighbourhoods {

  private Neighbourhoods() {}

  /**
   * The first device that shared and of whose neighbours fewer than {@code threshold} did. Only
   * those hold shares and can reveal them later.
   */
  public static OptionalInt belowThreshold(NeighbourGraph graph, BitSet sharers, int threshold) {
    for (int i = sharers.nextSetBit(0); i >= 0; i = sharers.nextSetBit(i + 1)) {
      int alive = 0;
      for (int neighbour : graph.neighbours(i)) {
        if (sharers.get(neighbour)) {
          alive++;
        }
      }
      if (alive < threshold) {
        return OptionalInt.of(i);
      }
    }
    return OptionalInt.empty();
  }
}
