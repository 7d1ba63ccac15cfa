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

  /**
   * Those who shared, without the groups that cannot be unmasked any more: fewer than {@code
   * minimum} of them shared, or fewer than the threshold of somebody's neighbours did.
   */
  public static BitSet withoutFailedGroups(NeighbourGraph graph, BitSet sharers, int minimum) {
    BitSet remaining = new BitSet();
    for (int group = 0; group < graph.parameters().groups(); group++) {
      BitSet sharing = new BitSet();
      for (int member : graph.members(group)) {
        sharing.set(member, sharers.get(member));
      }
      if (sharing.cardinality() >= minimum
          && belowThreshold(graph, sharing, graph.parameters().threshold()).isEmpty()) {
        remaining.or(sharing);
      }
    }
    return remaining;
  }
}
