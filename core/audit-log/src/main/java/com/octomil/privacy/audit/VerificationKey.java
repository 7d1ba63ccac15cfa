package com.octomil.privacy.audit;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Objects;

/**
 * An Ed25519 public key (RFC 8032) that verifies checkpoints. Its identifier is the first 16 octets
 * of the SHA-256 of its SubjectPublicKeyInfo (RFC 8410) in hexadecimal. Immutable.
 */
public final class VerificationKey {

  private static final String ALGORITHM = "Ed25519";
  private static final String BEGIN = "-----BEGIN PUBLIC KEY-----";
  private static final String END = "-----END PUBLIC KEY-----";
  private static final int ID_BYTES = 16;

  private final PublicKey key;
  private final byte[] encoded;

  private VerificationKey(PublicKey key, byte[] encoded) {
    this.key = key;
    this.encoded = encoded;
  }

  static VerificationKey of(PublicKey key) {
    return new VerificationKey(key, key.getEncoded());
  }

  /** From the DER of a SubjectPublicKeyInfo. */
  public static VerificationKey of(byte[] subjectPublicKeyInfo) throws AuditFormatException {
    try {
      PublicKey key =
          KeyFactory.getInstance(ALGORITHM)
              .generatePublic(new X509EncodedKeySpec(subjectPublicKeyInfo));
      return new VerificationKey(key, key.getEncoded());
    } catch (GeneralSecurityException e) {
      throw new AuditFormatException("is not an Ed25519 public key", e);
    }
  }

  /** From PEM, or from the base64 within it alone. */
  public static VerificationKey parse(String text) throws AuditFormatException {
    String body = text.strip();
    if (body.startsWith(BEGIN) && body.endsWith(END)) {
      body = body.substring(BEGIN.length(), body.length() - END.length());
    }
    try {
      return of(Base64.getMimeDecoder().decode(body.getBytes(StandardCharsets.US_ASCII)));
    } catch (IllegalArgumentException e) {
      throw new AuditFormatException("is not an Ed25519 public key in PEM", e);
    }
  }

  /** The identifier, 32 hexadecimal digits. */
  public String id() {
    return HexFormat.of().formatHex(Arrays.copyOf(HashChain.sha256().digest(encoded), ID_BYTES));
  }

  /** The DER of the SubjectPublicKeyInfo. */
  public byte[] encoded() {
    return encoded.clone();
  }

  /** The DER in base64. */
  public String base64() {
    return Base64.getEncoder().encodeToString(encoded);
  }

  /** The key in PEM, with a final line break. */
  public String pem() {
    return BEGIN + "\n" + base64() + "\n" + END + "\n";
  }

  /** Whether {@code signature} over {@code statement} is of this key. */
  public boolean verifies(String statement, byte[] signature) {
    try {
      Signature verifier = Signature.getInstance(ALGORITHM);
      verifier.initVerify(key);
      verifier.update(statement.getBytes(StandardCharsets.UTF_8));
      return verifier.verify(signature);
    } catch (GeneralSecurityException e) {
      // A signature that is not even of the right form.
      return false;
    }
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof VerificationKey that && Arrays.equals(encoded, that.encoded);
  }

  @Override
  public int hashCode() {
    return Objects.hash(ALGORITHM, Arrays.hashCode(encoded));
  }

  @Override
  public String toString() {
    return "VerificationKey[" + id() + "]";
  }
}
