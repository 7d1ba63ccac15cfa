package com.octomil.privacy.secagg.masking;

import com.octomil.privacy.secagg.RoundHash;
import com.octomil.privacy.secagg.keyagreement.X25519KeyPair;

/**
 * Masks one device's vector: collect the self mask and one pair mask for each neighbour that
 * shared, then apply them all in one pass. Close it to erase the mask keys. Not thread-safe.
 */
public final class DeviceMasker implements AutoCloseable {
  private final RoundHash roundHash;
  private final MaskSum masks;
  private final int parallelism;

  /** A masker that works in the calling thread. */
  public DeviceMasker(RoundHash roundHash, int ringBits) {
    this(roundHash, ringBits, 1);
  }

  /**
   * A masker that spreads large vectors over threads of the common pool.
   *
   * @param ringBits width b of a coordinate, 1 to 32
   * @param parallelism most threads at once, at least 1
   */
  public DeviceMasker(RoundHash roundHash, int ringBits, int parallelism) {
    this.roundHash = roundHash;
    this.parallelism = Math.max(1, parallelism);
    masks = new MaskSum(ringBits);
  }

  /** Adds the mask of the device's own 32-byte seed. */
  public void addSelfMask(byte[] seed) {
    masks.add(MaskKeys.self(roundHash, seed), false);
  }

  /**
   * Adds the mask shared with a neighbour; the device with the lower index adds it, the other
   * subtracts it.
   *
   * @throws com.octomil.privacy.secagg.keyagreement.InvalidPublicKeyException if the peer's key is
   *     of low order
   */
  public void addPairMask(X25519KeyPair own, int ownIndex, byte[] peerMaskPublic, int peerIndex) {
    masks.add(
        MaskKeys.pair(roundHash, own, ownIndex, peerMaskPublic, peerIndex), ownIndex > peerIndex);
  }

  /**
   * Adds all collected masks in place, modulo 2^b. Coordinates may be signed; the result is in [0,
   * 2^b).
   */
  public void apply(int[] vector) {
    masks.apply(vector, parallelism);
  }

  @Override
  public void close() {
    masks.close();
  }
}
