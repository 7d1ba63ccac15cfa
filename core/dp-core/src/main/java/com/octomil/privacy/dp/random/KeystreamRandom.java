package com.octomil.privacy.dp.random;

import com.octomil.privacy.dp.internal.BitSource;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import javax.crypto.Cipher;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * Buffered cryptographic generator: the AES-256-CTR keystream (NIST SP 800-38A) under a key from
 * the operating system's generator.
 *
 * <p>Words that were handed out are wiped from the buffer, and the generator takes a fresh key
 * after {@value #WORDS_PER_KEY} words, so a later look into memory does not give away earlier noise
 * beyond the current key. There is no way to seed the generator that noise uses. Not thread-safe:
 * one instance per thread.
 */
public final class KeystreamRandom implements BitSource {
  /** Bytes per call: large enough for the cipher's fast path, small enough for the cache. */
  private static final int BUFFER_BYTES = 16 * 1024;

  static final long WORDS_PER_KEY = 1L << 27;

  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  /** The plaintext of every call; never written. */
  private static final byte[] ZEROS = new byte[BUFFER_BYTES];

  private final SecureRandom entropy;
  private final byte[] buffer = new byte[BUFFER_BYTES];
  private int next = BUFFER_BYTES;
  private long wordsLeft;
  private Cipher cipher;

  /** A generator keyed from the platform's default {@link SecureRandom}. */
  public KeystreamRandom() {
    this(new SecureRandom());
  }

  private KeystreamRandom(SecureRandom entropy) {
    this.entropy = entropy;
    this.cipher = rekeyed();
  }

  /**
   * A generator keyed from the given one, for draws on which no privacy claim rests, such as the
   * rounding of an update. Noise never uses it.
   */
  public static KeystreamRandom keyedFrom(SecureRandom entropy) {
    return new KeystreamRandom(entropy);
  }

  @Override
  public long nextLong() {
    if (next == BUFFER_BYTES) {
      keystream(buffer, 0, BUFFER_BYTES);
      next = 0;
    }
    long word = (long) LONGS.get(buffer, next);
    LONGS.set(buffer, next, 0L);
    next += Long.BYTES;
    return word;
  }

  /** Fills the array with random bytes; fastest from 4 KiB upwards. */
  public void nextBytes(byte[] target) {
    for (int from = 0; from < target.length; from += BUFFER_BYTES) {
      keystream(target, from, Math.min(BUFFER_BYTES, target.length - from));
    }
  }

  private void keystream(byte[] target, int from, int count) {
    if (wordsLeft <= 0) {
      cipher = rekeyed();
    }
    try {
      if (cipher.update(ZEROS, 0, count, target, from) != count) {
        throw new IllegalStateException("the keystream ended early");
      }
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("AES-CTR failed", e);
    }
    wordsLeft -= (count + Long.BYTES - 1) / Long.BYTES;
  }

  private Cipher rekeyed() {
    byte[] key = new byte[32];
    entropy.nextBytes(key);
    try {
      Cipher fresh = Cipher.getInstance("AES/CTR/NoPadding");
      fresh.init(
          Cipher.ENCRYPT_MODE, new SecretKeySpec(key, "AES"), new IvParameterSpec(new byte[16]));
      wordsLeft = WORDS_PER_KEY;
      return fresh;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("AES-CTR is not available", e);
    } finally {
      Arrays.fill(key, (byte) 0);
    }
  }
}
