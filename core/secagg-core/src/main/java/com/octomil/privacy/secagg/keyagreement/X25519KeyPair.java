package com.octomil.privacy.secagg.keyagreement;

import com.octomil.privacy.secagg.internal.Checks;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.HexFormat;
import org.bouncycastle.math.ec.rfc7748.X25519;

/**
 * X25519 key pair (RFC 7748). Thread-safe until closed. The private key is kept as given; the
 * function clamps it, so any 32 bytes are a private key.
 */
public final class X25519KeyPair implements AutoCloseable {
  /** Length of private keys, public keys and shared secrets. */
  public static final int KEY_BYTES = 32;

  // Any fixed scalar tells points of low order from others: clamping makes it a multiple of the
  // cofactor.
  private static final byte[] PROBE = probe();

  private final byte[] privateKey;
  private final byte[] publicKey;

  private X25519KeyPair(byte[] privateKey) {
    this.privateKey = privateKey;
    publicKey = new byte[KEY_BYTES];
    X25519.generatePublicKey(privateKey, 0, publicKey, 0);
  }

  public static X25519KeyPair generate(SecureRandom random) {
    byte[] privateKey = new byte[KEY_BYTES];
    X25519.generatePrivateKey(random, privateKey);
    return new X25519KeyPair(privateKey);
  }

  /** Copies the key. */
  public static X25519KeyPair fromPrivateKey(byte[] privateKey) {
    return new X25519KeyPair(Checks.length("private key", privateKey, KEY_BYTES).clone());
  }

  /** Whether key agreement with this public key is safe: 32 bytes and not of low order. */
  public static boolean isValidPublicKey(byte[] publicKey) {
    return publicKey.length == KEY_BYTES
        && X25519.calculateAgreement(PROBE, 0, publicKey, 0, new byte[KEY_BYTES], 0);
  }

  public byte[] publicKey() {
    return publicKey.clone();
  }

  /** A copy; the caller erases it. */
  public byte[] privateKey() {
    return privateKey.clone();
  }

  /**
   * The shared secret with a peer, 32 bytes. Use it only as input keying material of {@link Hkdf}.
   *
   * @throws InvalidPublicKeyException if the result is all zero (RFC 7748, section 6.1)
   */
  public byte[] agree(byte[] peerPublic) {
    Checks.length("public key", peerPublic, KEY_BYTES);
    byte[] secret = new byte[KEY_BYTES];
    if (!X25519.calculateAgreement(privateKey, 0, peerPublic, 0, secret, 0)) {
      throw new InvalidPublicKeyException(
          "public key "
              + HexFormat.of().formatHex(peerPublic)
              + " is of low order; no device may use it");
    }
    return secret;
  }

  /** Overwrites the private key. The pair cannot agree any more; its public key stays readable. */
  @Override
  public void close() {
    Arrays.fill(privateKey, (byte) 0);
  }

  @Override
  public String toString() {
    return "X25519KeyPair[" + HexFormat.of().formatHex(publicKey) + "]";
  }

  private static byte[] probe() {
    byte[] scalar = new byte[KEY_BYTES];
    scalar[0] = 8;
    scalar[KEY_BYTES - 1] = 0x40;
    return scalar;
  }
}
