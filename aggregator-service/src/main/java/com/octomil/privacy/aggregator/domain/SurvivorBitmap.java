package com.octomil.privacy.aggregator.domain;

import com.octomil.privacy.secagg.wire.IndexBitmap;
import java.util.BitSet;

/** Sets of roster indices on the wire: bit i is bit (i mod 8) of octet i / 8. */
public final class SurvivorBitmap {
  private SurvivorBitmap() {}

  public static Octets encode(BitSet indices, int rosterSize) {
    return Octets.of(IndexBitmap.of(rosterSize, indices));
  }

  public static BitSet decode(Octets bitmap, int rosterSize) {
    return IndexBitmap.parse(bitmap.toArray(), rosterSize);
  }
}
