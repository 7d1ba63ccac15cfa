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
 * beyond the current key. There is no way to seed it. Not thread-safe: one instance per thread.
 */
public final class KeystreamRandom implements BitSource {
  /** Bytes per refill: large enough for the cipher's fast path, small enough for the cache. */
  private static final int BUFFER_BYTES = 16 * 1024;

  private static final int WORDS = BUFFER_BYTES / Long.BYTES;
  static final long WORDS_PER_KEY = 1L << 27;

  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private final SecureRandom entropy;
  private final byte[] zeros = new byte[BUFFER_BYTES];
  private final byte[] bytes = new byte[BUFFER_BYTES];
  private final long[] words = new long[WORDS];
  private int next = WORDS;
  private long wordsLeft;
  private Cipher cipher;

  /** A generator keyed from the platform's default {@link SecureRandom}. */
  public KeystreamRandom() {
    this.entropy = new SecureRandom();
    this.cipher = rekeyed();
  }

  @Override
  public long nextLong() {
    if (next == WORDS) {
      refill();
    }
    long word = words[next];
    words[next++] = 0;
    return word;
  }

  private void refill() {
    if (wordsLeft <= 0) {
      cipher = rekeyed();
    }
    try {
      if (cipher.update(zeros, 0, BUFFER_BYTES, bytes, 0) != BUFFER_BYTES) {
        throw new IllegalStateException("the keystream ended early");
      }
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("AES-CTR failed", e);
    }
    for (int i = 0; i < WORDS; i++) {
      words[i] = (long) LONGS.get(bytes, i * Long.BYTES);
    }
    Arrays.fill(bytes, (byte) 0);
    wordsLeft -= WORDS;
    next = 0;
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
