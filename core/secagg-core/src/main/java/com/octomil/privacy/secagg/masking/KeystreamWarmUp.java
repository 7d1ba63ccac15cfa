package com.octomil.privacy.secagg.masking;

import java.security.GeneralSecurityException;
import javax.crypto.Cipher;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * Brings AES-CTR and the addition loops to their compiled form before the first large vector. The
 * platform switches to the fast instructions by the number of calls, not by the number of bytes, so
 * a few large calls would all run slowly.
 */
final class KeystreamWarmUp {
  /** Work from which the warm-up pays for itself. */
  static final long WORTHWHILE_COORDINATES = 20_000_000;

  private static final int CALLS = 20_000;
  private static final int COLUMNS = 64;

  private KeystreamWarmUp() {}

  /** Runs once in a virtual machine; later calls return at once. */
  static void once() {
    if (!Holder.DONE) {
      throw new IllegalStateException("warm-up did not run");
    }
  }

  /** Class initialization makes it happen once, with other threads waiting. */
  private static final class Holder {
    static final boolean DONE = run();

    private static boolean run() {
      try {
        Cipher cipher = Cipher.getInstance("AES/CTR/NoPadding");
        cipher.init(
            Cipher.ENCRYPT_MODE,
            new SecretKeySpec(new byte[MaskKeys.KEY_BYTES], "AES"),
            new IvParameterSpec(new byte[16]));
        StreamAddition addition = StreamAddition.preferred();
        byte[][] streams = new byte[addition.width()][COLUMNS * Integer.BYTES];
        int[] vector = new int[COLUMNS];
        for (int call = 0; call < CALLS; call++) {
          MaskSum.keystream(cipher, streams[0], COLUMNS);
          addition.add(vector, 0, streams, COLUMNS);
          addition.subtract(vector, 0, streams, COLUMNS);
        }
        return true;
      } catch (GeneralSecurityException e) {
        throw new IllegalStateException("every Java platform has AES/CTR/NoPadding", e);
      }
    }
  }
}
