package com.octomil.privacy.audit;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.spec.EdECPrivateKeySpec;
import java.security.spec.NamedParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An Ed25519 private key (RFC 8032) that signs checkpoints, from PEM as {@code openssl genpkey
 * -algorithm ed25519} writes it (PKCS #8, RFC 8410). Immutable; never shows the key.
 */
public final class SigningKey {

  private static final String ALGORITHM = "Ed25519";
  private static final Pattern PEM =
      Pattern.compile("-----BEGIN PRIVATE KEY-----([A-Za-z0-9+/=\\s]+)-----END PRIVATE KEY-----");
  private static final int SEED_BYTES = 32;

  private final PrivateKey key;
  private final VerificationKey publicKey;

  private SigningKey(PrivateKey key, VerificationKey publicKey) {
    this.key = key;
    this.publicKey = publicKey;
  }

  /**
   * All keys of a file, in its order.
   *
   * @throws AuditFormatException if there is none or one is not Ed25519; says nothing of the
   *     content
   */
  public static List<SigningKey> parseAll(String pem) throws AuditFormatException {
    List<SigningKey> keys = new ArrayList<>();
    Matcher matcher = PEM.matcher(pem);
    while (matcher.find()) {
      keys.add(parse(matcher.group(1)));
    }
    if (keys.isEmpty()) {
      throw new AuditFormatException("has no private key in PEM (PKCS #8)");
    }
    return List.copyOf(keys);
  }

  private static SigningKey parse(String base64) throws AuditFormatException {
    try {
      byte[] der = Base64.getMimeDecoder().decode(base64);
      PrivateKey key =
          KeyFactory.getInstance(ALGORITHM).generatePrivate(new PKCS8EncodedKeySpec(der));
      return of(key);
    } catch (GeneralSecurityException | IllegalArgumentException e) {
      throw new AuditFormatException("has a private key that is not Ed25519");
    }
  }

  private static SigningKey of(PrivateKey key) throws GeneralSecurityException {
    KeyFactory factory = KeyFactory.getInstance(ALGORITHM);
    byte[] seed = factory.getKeySpec(key, EdECPrivateKeySpec.class).getBytes();
    // The platform derives a public key only when it generates a pair; so let it draw this seed.
    KeyPairGenerator generator = KeyPairGenerator.getInstance(ALGORITHM);
    generator.initialize(NamedParameterSpec.ED25519, new Replay(seed));
    PublicKey derived = generator.generateKeyPair().getPublic();
    Arrays.fill(seed, (byte) 0);
    SigningKey made = new SigningKey(key, VerificationKey.of(derived));
    String probe = HashChain.FORMAT;
    if (!made.publicKey.verifies(probe, made.sign(probe))) {
      throw new GeneralSecurityException("the derived public key does not fit");
    }
    return made;
  }

  private static final class Replay extends SecureRandom {
    private static final long serialVersionUID = 1L;
    private final byte[] seed;

    Replay(byte[] seed) {
      this.seed = seed.clone();
    }

    @Override
    public void nextBytes(byte[] bytes) {
      if (bytes.length != SEED_BYTES) {
        throw new IllegalStateException("an Ed25519 seed has 32 octets");
      }
      System.arraycopy(seed, 0, bytes, 0, SEED_BYTES);
    }
  }

  /** A fresh key in PEM. */
  public static String generatePem() {
    try {
      byte[] der =
          KeyPairGenerator.getInstance(ALGORITHM).generateKeyPair().getPrivate().getEncoded();
      return "-----BEGIN PRIVATE KEY-----\n"
          + Base64.getEncoder().encodeToString(der)
          + "\n-----END PRIVATE KEY-----\n";
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java platform has Ed25519", e);
    }
  }

  /** The key that verifies. */
  public VerificationKey publicKey() {
    return publicKey;
  }

  /** The signature of {@code statement} in UTF-8, 64 octets. */
  public byte[] sign(String statement) {
    try {
      Signature signer = Signature.getInstance(ALGORITHM);
      signer.initSign(key);
      signer.update(statement.getBytes(StandardCharsets.UTF_8));
      return signer.sign();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("signing failed", e);
    }
  }

  @Override
  public String toString() {
    return "SigningKey[" + publicKey.id() + "]";
  }
}
