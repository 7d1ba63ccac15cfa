package com.octomil.privacy.relay.domain;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.HexFormat;
import java.util.UUID;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * The name of a device in one federation outside the relay: the first 16 octets of the HMAC-SHA-256
 * (RFC 2104) of its identifier under a secret key of the federation. It leads to no device without
 * the key, and to no other federation's pseudonym of the same device.
 *
 * @param value 16 octets
 */
public record Pseudonym(Bytes value) {

  /** Octets of the key. */
  public static final int KEY_BYTES = 32;

  private static final int BYTES = 16;
  private static final String LABEL = "octomil/v1/pseudonym";
  private static final Pattern FORM = Pattern.compile("[0-9a-f]{32}");

  /** Checks the length. */
  public Pseudonym {
    value.requireSize("pseudonym", BYTES);
  }

  /** The pseudonym of a device. */
  public static Pseudonym of(Bytes key, FederationName federation, UUID device) {
    key.requireSize("pseudonym_key", KEY_BYTES);
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(key.toArray(), "HmacSHA256"));
      // A DNS label has no octet 0, so the parts cannot run into each other.
      mac.update((LABEL + '\0' + federation.value() + '\0').getBytes(StandardCharsets.UTF_8));
      byte[] hash =
          mac.doFinal(
              ByteBuffer.allocate(BYTES)
                  .putLong(device.getMostSignificantBits())
                  .putLong(device.getLeastSignificantBits())
                  .array());
      return new Pseudonym(Bytes.of(java.util.Arrays.copyOf(hash, BYTES)));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java platform has HMAC-SHA-256", e);
    }
  }

  /** Whether a text has the form of a pseudonym: 32 hexadecimal digits in lower case. */
  public static boolean isPseudonym(String text) {
    return FORM.matcher(text).matches();
  }

  /** From 32 hexadecimal digits. */
  public static Pseudonym parse(String hex) {
    return new Pseudonym(Bytes.of(HexFormat.of().parseHex(hex)));
  }

  /** 32 hexadecimal digits. */
  public String hex() {
    return HexFormat.of().formatHex(value.toArray());
  }
}
