package com.octomil.privacy.secagg.keyagreement;

import com.octomil.privacy.secagg.RoundHash;
import com.octomil.privacy.secagg.internal.Checks;
import com.octomil.privacy.secagg.internal.Labels;
import com.octomil.privacy.secagg.internal.Transcript;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * Encryption of shares from one device to one neighbour: AES-256-GCM under a key from X25519 and
 * HKDF-SHA256. The key and the associated data name the round and both ends, in this order.
 *
 * <p>The nonce is a keyed hash of the plaintext. So sealing needs no randomness, repeating a call
 * gives the same bytes, and a device that lost its state and seals another plaintext under the same
 * key does not repeat a nonce.
 *
 * <p>Layout: nonce (12 bytes), ciphertext, tag (16 bytes). Thread-safe.
 */
public final class ShareCipher {
  /** Bytes that sealing adds to a plaintext. */
  public static final int OVERHEAD_BYTES = 28;

  private static final int KEY_BYTES = 32;
  private static final int NONCE_BYTES = 12;
  private static final int TAG_BITS = 128;

  private ShareCipher() {}

  /**
   * Encrypts for one neighbour.
   *
   * @param own the sender's share key
   * @param peerPublic the receiver's share key
   * @param from roster index of the sender
   * @param to roster index of the receiver
   * @throws InvalidPublicKeyException if the receiver's key is of low order
   */
  public static byte[] seal(
      RoundHash roundHash,
      X25519KeyPair own,
      byte[] peerPublic,
      int from,
      int to,
      byte[] plaintext) {
    try (Keys keys =
        Keys.derive(roundHash, own.agree(peerPublic), own.publicKey(), peerPublic, from, to)) {
      byte[] nonce = keys.nonce(plaintext);
      byte[] result = Arrays.copyOf(nonce, plaintext.length + OVERHEAD_BYTES);
      Cipher cipher = keys.cipher(Cipher.ENCRYPT_MODE, nonce, associatedData(roundHash, from, to));
      cipher.doFinal(plaintext, 0, plaintext.length, result, NONCE_BYTES);
      return result;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("AES-256-GCM is available and its input is well formed", e);
    }
  }

  /**
   * Decrypts what a neighbour sealed.
   *
   * @param own the receiver's share key
   * @param peerPublic the sender's share key
   * @param from roster index of the sender
   * @param to roster index of the receiver
   * @throws AuthenticationFailedException if the ciphertext is for another round, another pair or
   *     direction, altered or too short, or if the sender's key is of low order
   */
  public static byte[] open(
      RoundHash roundHash,
      X25519KeyPair own,
      byte[] peerPublic,
      int from,
      int to,
      byte[] ciphertext)
      throws AuthenticationFailedException {
    if (ciphertext.length < OVERHEAD_BYTES) {
      throw new AuthenticationFailedException(
          "share ciphertext has "
              + ciphertext.length
              + " bytes; it must have at least "
              + OVERHEAD_BYTES);
    }
    try (Keys keys =
        Keys.derive(roundHash, own.agree(peerPublic), peerPublic, own.publicKey(), from, to)) {
      byte[] nonce = Arrays.copyOf(ciphertext, NONCE_BYTES);
      Cipher cipher = keys.cipher(Cipher.DECRYPT_MODE, nonce, associatedData(roundHash, from, to));
      return cipher.doFinal(ciphertext, NONCE_BYTES, ciphertext.length - NONCE_BYTES);
    } catch (InvalidPublicKeyException e) {
      throw new AuthenticationFailedException(
          "the share key of device " + from + " is of low order", e);
    } catch (GeneralSecurityException e) {
      throw new AuthenticationFailedException(
          "the share ciphertext from device "
              + from
              + " to device "
              + to
              + " does not authenticate",
          e);
    }
  }

  /** AES-256-GCM with a nonce of 12 and a tag of 16 bytes; nothing else. */
  static Cipher aesGcm(int mode, byte[] key, byte[] nonce, byte[] associatedData)
      throws GeneralSecurityException {
    Checks.length("key", key, KEY_BYTES);
    Checks.length("nonce", nonce, NONCE_BYTES);
    Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
    cipher.init(mode, new SecretKeySpec(key, "AES"), new GCMParameterSpec(TAG_BITS, nonce));
    cipher.updateAAD(associatedData);
    return cipher;
  }

  private static byte[] associatedData(RoundHash roundHash, int from, int to) {
    return Transcript.of(Labels.SHARE)
        .fixed("round_hash", roundHash.bytes(), RoundHash.BYTES)
        .u32(from)
        .u32(to)
        .toBytes();
  }

  private record Keys(byte[] encryption, byte[] nonceKey) implements AutoCloseable {
    static Keys derive(
        RoundHash roundHash,
        byte[] agreed,
        byte[] senderPublic,
        byte[] receiverPublic,
        int from,
        int to) {
      byte[] info =
          Transcript.of(Labels.SHARE_KEY)
              .u32(from)
              .u32(to)
              .fixed("share key of the sender", senderPublic, X25519KeyPair.KEY_BYTES)
              .fixed("share key of the receiver", receiverPublic, X25519KeyPair.KEY_BYTES)
              .toBytes();
      byte[] okm = Hkdf.sha256(roundHash.bytes(), agreed, info, 64);
      Arrays.fill(agreed, (byte) 0);
      Keys keys = new Keys(Arrays.copyOf(okm, 32), Arrays.copyOfRange(okm, 32, 64));
      Arrays.fill(okm, (byte) 0);
      return keys;
    }

    byte[] nonce(byte[] plaintext) throws GeneralSecurityException {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(nonceKey, "HmacSHA256"));
      return Arrays.copyOf(mac.doFinal(plaintext), NONCE_BYTES);
    }

    Cipher cipher(int mode, byte[] nonce, byte[] associatedData) throws GeneralSecurityException {
      return aesGcm(mode, encryption, nonce, associatedData);
    }

    @Override
    public void close() {
      Arrays.fill(encryption, (byte) 0);
      Arrays.fill(nonceKey, (byte) 0);
    }
  }
}
