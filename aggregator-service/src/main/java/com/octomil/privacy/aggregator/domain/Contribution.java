package com.octomil.privacy.aggregator.domain;

import com.octomil.privacy.secagg.masking.RingVector;
import com.octomil.privacy.secagg.wire.BitPacking;

/** One complete, verified upload on its way into the sum. Held in memory only. */
public sealed interface Contribution {
  /** Roster index of the contributor. */
  int index();

  /** SHA-256 of the payload as it was sent. */
  Octets payloadSha256();

  /** Adds the coordinates to {@code sum} modulo 2^bits. */
  void addTo(int[] sum, int bits);

  /** A masked update, packed to the width of the ring. Takes over {@code packed}. */
  @SuppressWarnings("ArrayRecordComponent") // copying every upload would double the memory
  record Masked(int index, Octets payloadSha256, byte[] packed) implements Contribution {
    @Override
    public void addTo(int[] sum, int bits) {
      BitPacking.addPacked(sum, packed, bits);
    }
  }

  /** A clear update, clipped and encoded on the grid. Takes over {@code coordinates}. */
  @SuppressWarnings("ArrayRecordComponent") // copying every upload would double the memory
  record Clear(int index, Octets payloadSha256, int[] coordinates) implements Contribution {
    @Override
    public void addTo(int[] sum, int bits) {
      RingVector.addInto(sum, coordinates, bits);
    }
  }
}
