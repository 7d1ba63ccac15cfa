package com.octomil.privacy.secagg.keyagreement;

import com.octomil.privacy.secagg.internal.Checks;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.HexFormat;
import org.bouncycastle.math.ec.rfc8032.Ed25519;

/** Ed25519 key pair (RFC 8032, pure variant). Thread-safe until closed. */
public final class SigningKeyPair implements AutoCloseable {
  /** Length of seeds and public keys. */
  public static final int KEY_BYTES = 32;

  /** Length of signatures. */
  public static final int SIGNATURE_BYTES = 64;

  private final byte[] seed;
  private final byte[] publicKey;

  private SigningKeyPair(byte[] seed) {
    this.seed = seed;
    publicKey = new byte[KEY_BYTES];
    Ed25519.generatePublicKey(seed, 0, publicKey, 0);
  }

  public static SigningKeyPair generate(SecureRandom random) {
    byte[] seed = new byte[KEY_BYTES];
    random.nextBytes(seed);
    return new SigningKeyPair(seed);
  }

  /** Copies the seed (the "secret key" of RFC 8032). */
  public static SigningKeyPair fromSeed(byte[] seed) {
    return new SigningKeyPair(Checks.length("seed", seed, KEY_BYTES).clone());
  }

  public byte[] publicKey() {
    return publicKey.clone();
  }

  /** A copy; the caller erases it. */
  public byte[] seed() {
    return seed.clone();
  }

  /** Signature of 64 bytes. */
  public byte[] sign(byte[] message) {
    byte[] signature = new byte[SIGNATURE_BYTES];
    Ed25519.sign(seed, 0, publicKey, 0, message, 0, message.length, signature, 0);
    return signature;
  }

  /**
   * Whether the signature is valid. Malleable encodings (S not below the group order) and keys of
   * low order, under which anything would verify, are refused; wrong lengths are refused, never an
   * exception.
   */
  public static boolean verify(byte[] publicKey, byte[] message, byte[] signature) {
    return publicKey.length == KEY_BYTES
        && signature.length == SIGNATURE_BYTES
        && Ed25519.validatePublicKeyPartial(publicKey, 0)
        && Ed25519.verify(signature, 0, publicKey, 0, message, 0, message.length);
  }

  /** Overwrites the seed. The pair cannot sign any more; its public key stays readable. */
  @Override
  public void close() {
    Arrays.fill(seed, (byte) 0);
  }

  @Override
  public String toString() {
    return "SigningKeyPair[" + HexFormat.of().formatHex(publicKey) + "]";
  }
}
