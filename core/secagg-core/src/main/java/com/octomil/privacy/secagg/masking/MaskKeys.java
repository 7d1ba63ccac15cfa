package com.octomil.privacy.secagg.masking;

import com.octomil.privacy.secagg.RoundHash;
import com.octomil.privacy.secagg.internal.Checks;
import com.octomil.privacy.secagg.internal.Labels;
import com.octomil.privacy.secagg.internal.Transcript;
import com.octomil.privacy.secagg.keyagreement.Hkdf;
import com.octomil.privacy.secagg.keyagreement.X25519KeyPair;
import java.util.Arrays;

/**
 * AES-128 keys of masks: HKDF-SHA256 with the round hash as salt and a label that names the use and
 * both ends.
 */
final class MaskKeys {
  static final int KEY_BYTES = 16;

  private MaskKeys() {}

  static byte[] self(RoundHash roundHash, byte[] seed) {
    Checks.length("self-mask seed", seed, SelfMask.SEED_BYTES);
    return Hkdf.sha256(
        roundHash.bytes(), seed, Transcript.of(Labels.SELF_MASK).toBytes(), KEY_BYTES);
  }

  static byte[] pair(
      RoundHash roundHash, X25519KeyPair own, int ownIndex, byte[] peerPublic, int peerIndex) {
    Checks.range("index", ownIndex, 0, Integer.MAX_VALUE);
    Checks.range("index", peerIndex, 0, Integer.MAX_VALUE);
    if (ownIndex == peerIndex) {
      throw new IllegalArgumentException("device " + ownIndex + " has no mask with itself");
    }
    byte[] agreed = own.agree(peerPublic);
    byte[] info =
        Transcript.of(Labels.PAIR_MASK)
            .u32(Math.min(ownIndex, peerIndex))
            .u32(Math.max(ownIndex, peerIndex))
            .toBytes();
    byte[] key = Hkdf.sha256(roundHash.bytes(), agreed, info, KEY_BYTES);
    Arrays.fill(agreed, (byte) 0);
    return key;
  }
}
