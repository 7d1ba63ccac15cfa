package com.octomil.privacy.relay.domain;

import com.octomil.privacy.secagg.keyagreement.Hkdf;
import com.octomil.privacy.secagg.keyagreement.SigningKeyPair;
import com.octomil.privacy.secagg.wire.Transcripts;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;

/**
 * The private key of the enrolment authority. It certifies device keys and derives device tokens;
 * prints nothing. Thread-safe.
 */
public final class AuthorityKey {

  /** Length of the Ed25519 seed. */
  public static final int SEED_BYTES = 32;

  /** What every device token begins with. */
  public static final String TOKEN_PREFIX = "odt_";

  private static final byte[] TOKEN_LABEL =
      "octomil.relay.v1/device-token".getBytes(StandardCharsets.US_ASCII);
  private static final int TOKEN_BYTES = 32;

  private final SigningKeyPair key;

  /** From the 32-byte seed. */
  public AuthorityKey(Bytes seed) {
    this.key = SigningKeyPair.fromSeed(seed.requireSize("seed", SEED_BYTES).toArray());
  }

  /** The public key that devices pin. */
  public Bytes publicKey() {
    return Bytes.of(key.publicKey());
  }

  /** Signs the serialized claims of a certificate. */
  public Certificate certify(Bytes content) {
    return new Certificate(content, Bytes.of(key.sign(Transcripts.certificate(content.toArray()))));
  }

  /**
   * The token that a code buys for a device key. It is a pseudorandom function of both under this
   * key: repeating an enrolment gives the same token although only its hash is stored, and nobody
   * without the code can compute it.
   */
  public String deviceToken(String enrollmentCode, Bytes devicePublicKey) {
    byte[] code = enrollmentCode.getBytes(StandardCharsets.UTF_8);
    byte[] info =
        ByteBuffer.allocate(TOKEN_LABEL.length + 1 + devicePublicKey.size() + code.length)
            .put(TOKEN_LABEL)
            .put((byte) 0)
            .put(devicePublicKey.toArray())
            .put(code)
            .array();
    byte[] seed = key.seed();
    byte[] token = Hkdf.sha256(new byte[0], seed, info, TOKEN_BYTES);
    Arrays.fill(seed, (byte) 0);
    return TOKEN_PREFIX + Base64.getUrlEncoder().withoutPadding().encodeToString(token);
  }

  @Override
  public String toString() {
    return "AuthorityKey[hidden]";
  }
}
