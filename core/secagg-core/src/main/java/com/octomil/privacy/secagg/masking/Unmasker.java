package com.octomil.privacy.secagg.masking;

import com.octomil.privacy.secagg.RoundHash;
import com.octomil.privacy.secagg.keyagreement.X25519KeyPair;

/**
 * Removes from the sum of the survivors' vectors what does not cancel: the self mask of each
 * survivor, and the pair masks between each survivor and its neighbours that shared but dropped
 * out. Memory does not grow with the vector; large vectors are spread over threads of the common
 * pool. Close it to erase the mask keys. Not thread-safe.
 */
public final class Unmasker implements AutoCloseable {
  private final RoundHash roundHash;
  private final MaskSum masks;
  private final int parallelism;

  /** An unmasker that uses all processors. */
  public Unmasker(RoundHash roundHash, int ringBits) {
    this(roundHash, ringBits, Runtime.getRuntime().availableProcessors());
  }

  /**
   * An unmasker with a bound on threads.
   *
   * @param ringBits width b of a coordinate, 1 to 32
   * @param parallelism most threads at once, at least 1
   */
  public Unmasker(RoundHash roundHash, int ringBits, int parallelism) {
    this.roundHash = roundHash;
    this.parallelism = Math.max(1, parallelism);
    masks = new MaskSum(ringBits);
  }

  /** Removes the self mask of a survivor, whose seed was rebuilt. */
  public void removeSelfMask(byte[] seed) {
    masks.add(MaskKeys.self(roundHash, seed), true);
  }

  /**
   * Removes what a survivor added for a neighbour that dropped out.
   *
   * @param droppedIndex roster index of the drop-out
   * @param rebuilt its mask key
   * @param peerIndex roster index of the survivor
   * @param peerMaskPublic the survivor's mask key
   */
  public void removePairMasks(
      int droppedIndex, X25519KeyPair rebuilt, int peerIndex, byte[] peerMaskPublic) {
    // The survivor added the mask if its index is the lower one; the opposite is done here.
    masks.add(
        MaskKeys.pair(roundHash, rebuilt, droppedIndex, peerMaskPublic, peerIndex),
        peerIndex < droppedIndex);
  }

  /** Number of masks collected so far. */
  public int size() {
    return masks.size();
  }

  /** Removes all collected masks in place, modulo 2^b. The result is in [0, 2^b). */
  public void apply(int[] sum) {
    masks.apply(sum, parallelism);
  }

  @Override
  public void close() {
    masks.close();
  }
}
