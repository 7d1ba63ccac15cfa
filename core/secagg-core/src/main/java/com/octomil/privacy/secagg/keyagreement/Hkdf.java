package com.octomil.privacy.secagg.keyagreement;

import java.security.GeneralSecurityException;
import java.util.Arrays;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** HKDF with HMAC-SHA256 (RFC 5869). Thread-safe. */
public final class Hkdf {
  private static final int HASH_BYTES = 32;

  private Hkdf() {}

  /**
   * Extracts from {@code ikm} with {@code salt} and expands with {@code info}.
   *
   * @param salt may be empty, which means 32 zero bytes
   * @param ikm input keying material
   * @param info names the use of the key
   * @param length bytes wanted, 1 to 8160
   */
  public static byte[] sha256(byte[] salt, byte[] ikm, byte[] info, int length) {
    if (length < 1 || length > 255 * HASH_BYTES) {
      throw new IllegalArgumentException(
          "length is " + length + "; it must be between 1 and " + 255 * HASH_BYTES);
    }
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(salt.length == 0 ? new byte[HASH_BYTES] : salt, "HmacSHA256"));
      byte[] pseudorandomKey = mac.doFinal(ikm);
      mac.init(new SecretKeySpec(pseudorandomKey, "HmacSHA256"));
      Arrays.fill(pseudorandomKey, (byte) 0);
      byte[] result = new byte[length];
      byte[] block = new byte[0];
      for (int done = 0, counter = 1; done < length; done += HASH_BYTES, counter++) {
        mac.update(block);
        mac.update(info);
        mac.update((byte) counter);
        Arrays.fill(block, (byte) 0);
        block = mac.doFinal();
        System.arraycopy(block, 0, result, done, Math.min(HASH_BYTES, length - done));
      }
      Arrays.fill(block, (byte) 0);
      return result;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java platform has HmacSHA256", e);
    }
  }
}
