package com.octomil.privacy.secagg.masking;

import com.octomil.privacy.secagg.RoundHash;
import com.octomil.privacy.secagg.internal.Labels;
import com.octomil.privacy.secagg.internal.Transcript;
import java.security.MessageDigest;

/**
 * Commitment to the seed of a device's self mask, by which the server recognises a rightly rebuilt
 * seed. Thread-safe.
 */
public final class SelfMask {
  /** Length of a seed. */
  public static final int SEED_BYTES = 32;

  private SelfMask() {}

  /** Commitment of 32 bytes to a seed of 32 random bytes. */
  public static byte[] commit(RoundHash roundHash, byte[] seed) {
    return Transcript.of(Labels.SELF_MASK_COMMITMENT)
        .fixed("round_hash", roundHash.bytes(), RoundHash.BYTES)
        .fixed("self-mask seed", seed, SEED_BYTES)
        .sha256();
  }

  /** Whether the seed is the committed one; false for a seed of the wrong length. */
  public static boolean opens(RoundHash roundHash, byte[] commitment, byte[] seed) {
    return seed.length == SEED_BYTES && MessageDigest.isEqual(commitment, commit(roundHash, seed));
  }
}
