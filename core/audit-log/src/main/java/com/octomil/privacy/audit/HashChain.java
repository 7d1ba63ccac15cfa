package com.octomil.privacy.audit;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * The chain of hashes over the entries of one federation, with {@code H} SHA-256 and {@code |} for
 * concatenation:
 *
 * <pre>
 *   digest_n = H(0x00 | canonical entry n)
 *   hash_0   = H(0x02 | "octomil-audit/1" | 0x00 | federation)
 *   hash_n   = H(0x01 | hash_(n-1) | digest_n)
 * </pre>
 *
 * The first octet keeps the three apart (as RFC 6962, section 2.1, does). A digest stands in for an
 * entry that an export leaves out: the chain can be followed without its content.
 */
public final class HashChain {

  /** Octets of digests and hashes. */
  public static final int BYTES = 32;

  /** Name of this version of the format. */
  public static final String FORMAT = "octomil-audit/1";

  private HashChain() {}

  /**
   * The hash before the first entry.
   *
   * @param federation empty: the chain of the deployment
   */
  public static byte[] start(String federation) {
    MessageDigest sha256 = sha256();
    sha256.update((byte) 2);
    sha256.update(FORMAT.getBytes(StandardCharsets.UTF_8));
    sha256.update((byte) 0);
    return sha256.digest(federation.getBytes(StandardCharsets.UTF_8));
  }

  /** The digest of an entry. */
  public static byte[] digest(String canonicalEntry) {
    MessageDigest sha256 = sha256();
    sha256.update((byte) 0);
    return sha256.digest(canonicalEntry.getBytes(StandardCharsets.UTF_8));
  }

  /** The hash after the entry with {@code digest}. */
  public static byte[] next(byte[] previous, byte[] digest) {
    MessageDigest sha256 = sha256();
    sha256.update((byte) 1);
    sha256.update(previous);
    return sha256.digest(digest);
  }

  static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
