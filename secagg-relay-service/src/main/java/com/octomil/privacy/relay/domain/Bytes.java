package com.octomil.privacy.relay.domain;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * An immutable byte string with value equality, ordered as unsigned bytes. Prints only its length,
 * so that keys and pseudonyms do not end up in a log by accident.
 */
public final class Bytes implements Comparable<Bytes> {

  private final byte[] value;

  private Bytes(byte[] value) {
    this.value = value;
  }

  /** A copy of {@code value}. */
  public static Bytes of(byte[] value) {
    return new Bytes(value.clone());
  }

  /**
   * A copy of {@code value}, which must have exactly {@code length} bytes.
   *
   * @throws RefusedException naming {@code field} otherwise
   */
  public static Bytes exactly(String field, byte[] value, int length) {
    return of(value).requireSize(field, length);
  }

  /**
   * Returns this if it has exactly {@code length} bytes.
   *
   * @throws RefusedException naming {@code field} otherwise
   */
  public Bytes requireSize(String field, int length) {
    if (value.length != length) {
      throw RefusedException.malformed(
          field, value.length + " bytes", "must have exactly " + length + " bytes");
    }
    return this;
  }

  /** A copy of the bytes. */
  public byte[] toArray() {
    return value.clone();
  }

  /** Number of bytes. */
  public int size() {
    return value.length;
  }

  /** Lower-case hexadecimal; only for what may be shown. */
  public String hex() {
    return HexFormat.of().formatHex(value);
  }

  /** SHA-256 of these bytes. */
  public Bytes sha256() {
    try {
      return new Bytes(MessageDigest.getInstance("SHA-256").digest(value));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  @Override
  public int compareTo(Bytes other) {
    return Arrays.compareUnsigned(value, other.value);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Bytes that && MessageDigest.isEqual(value, that.value);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(value);
  }

  @Override
  public String toString() {
    return "Bytes[" + value.length + "]";
  }
}
