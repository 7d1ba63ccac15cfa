package com.octomil.privacy.aggregator.domain;

import com.octomil.privacy.secagg.RoundHash;
import com.octomil.privacy.secagg.keyagreement.Hkdf;
import com.octomil.privacy.secagg.keyagreement.X25519KeyPair;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * Public-key encryption of what is stored during one round: AES-256-GCM under a key from X25519
 * with a fresh key of the sender, and HKDF-SHA256 with the round hash as salt. The private key is
 * never written anywhere; without it what is sealed stays unreadable, in backups and logs of the
 * database too.
 *
 * <p>Layout: X25519 key of the sender (32 octets), ciphertext, tag (16 octets). Thread-safe until
 * closed.
 */
public final class SealKey implements AutoCloseable {
  private static final byte[] LABEL =
      "octomil/aggregator/v1/clear-batch".getBytes(StandardCharsets.US_ASCII);
  private static final int AES_KEY_BYTES = 32;
  private static final int TAG_BITS = 128;
  // A key encrypts once, so a fixed nonce does not repeat under it.
  private static final byte[] NONCE = new byte[12];

  private final X25519KeyPair pair;

  private SealKey(X25519KeyPair pair) {
    this.pair = pair;
  }

  /** A fresh key. */
  public static SealKey generate(SecureRandom random) {
    return new SealKey(X25519KeyPair.generate(random));
  }

  /** What others seal with. */
  public Octets publicKey() {
    return Octets.of(pair.publicKey());
  }

  /** Encrypts for the holder of a key; only within the round. */
  public static byte[] seal(
      RoundHash round, Octets publicKey, byte[] content, SecureRandom random) {
    try (X25519KeyPair sender = X25519KeyPair.generate(random)) {
      byte[] receiver = publicKey.toArray();
      Cipher cipher =
          cipher(Cipher.ENCRYPT_MODE, round, sender.agree(receiver), sender.publicKey(), receiver);
      byte[] sealed =
          Arrays.copyOf(
              sender.publicKey(), X25519KeyPair.KEY_BYTES + cipher.getOutputSize(content.length));
      cipher.doFinal(content, 0, content.length, sealed, X25519KeyPair.KEY_BYTES);
      return sealed;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("AES-256-GCM is available and its input is well formed", e);
    }
  }

  /**
   * Decrypts.
   *
   * @throws IllegalArgumentException if it was sealed for another key or round, or altered
   */
  public byte[] open(RoundHash round, byte[] sealed) {
    if (sealed.length < X25519KeyPair.KEY_BYTES + TAG_BITS / Byte.SIZE) {
      throw new IllegalArgumentException("sealed content has only " + sealed.length + " octets");
    }
    byte[] sender = Arrays.copyOf(sealed, X25519KeyPair.KEY_BYTES);
    try {
      return cipher(Cipher.DECRYPT_MODE, round, pair.agree(sender), sender, pair.publicKey())
          .doFinal(sealed, sender.length, sealed.length - sender.length);
    } catch (GeneralSecurityException e) {
      throw new IllegalArgumentException("sealed content does not authenticate", e);
    }
  }

  private static Cipher cipher(
      int mode, RoundHash round, byte[] agreed, byte[] sender, byte[] receiver)
      throws GeneralSecurityException {
    byte[] info = Arrays.copyOf(LABEL, LABEL.length + sender.length + receiver.length);
    System.arraycopy(sender, 0, info, LABEL.length, sender.length);
    System.arraycopy(receiver, 0, info, LABEL.length + sender.length, receiver.length);
    byte[] key = Hkdf.sha256(round.bytes(), agreed, info, AES_KEY_BYTES);
    Arrays.fill(agreed, (byte) 0);
    Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
    cipher.init(mode, new SecretKeySpec(key, "AES"), new GCMParameterSpec(TAG_BITS, NONCE));
    Arrays.fill(key, (byte) 0);
    return cipher;
  }

  /** Erases the private key. */
  @Override
  public void close() {
    pair.close();
  }
}
