package com.octomil.privacy.device.transport;

import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * An immutable byte string with value equality, for public data only: keys, signatures, ciphertexts
 * and hashes. Equality takes the same time wherever two strings of one length differ. Prints itself
 * in hexadecimal, so never put a secret here.
 */
public final class Bytes implements Comparable<Bytes> {

  private static final Bytes EMPTY = new Bytes(new byte[0]);
  private static final int SHOWN = 32;

  private final byte[] value;

  private Bytes(byte[] value) {
    this.value = value;
  }

  /**
   * Copies {@code value}.
   *
   * @param value the content
   * @return an immutable copy
   */
  public static Bytes of(byte[] value) {
    return value.length == 0 ? EMPTY : new Bytes(value.clone());
  }

  /**
   * The empty byte string.
   *
   * @return no bytes
   */
  public static Bytes empty() {
    return EMPTY;
  }

  /**
   * A fresh copy of the content.
   *
   * @return may be changed by the caller
   */
  public byte[] toArray() {
    return value.clone();
  }

  /**
   * Number of bytes.
   *
   * @return 0 or more
   */
  public int size() {
    return value.length;
  }

  /**
   * The order of unsigned bytes, first byte first; a prefix comes before what it is a prefix of.
   */
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
    HexFormat hex = HexFormat.of();
    return value.length <= SHOWN
        ? hex.formatHex(value)
        : hex.formatHex(value, 0, SHOWN) + "... (" + value.length + " bytes)";
  }
}
