package com.octomil.privacy.aggregator.domain;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;

/** An immutable string of octets. Thread-safe. */
public final class Octets {
  private final byte[] value;

  private Octets(byte[] value) {
    this.value = value;
  }

  /** Copies {@code value}. */
  public static Octets of(byte[] value) {
    return new Octets(value.clone());
  }

  /** SHA-256 of {@code value}. */
  public static Octets sha256(byte[] value) {
    try {
      return new Octets(MessageDigest.getInstance("SHA-256").digest(value));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  public int length() {
    return value.length;
  }

  /** A fresh copy. */
  public byte[] toArray() {
    return value.clone();
  }

  public String hex() {
    return HexFormat.of().formatHex(value);
  }

  /** Compares in time that depends only on the lengths. */
  @Override
  public boolean equals(Object other) {
    return other instanceof Octets that && MessageDigest.isEqual(value, that.value);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(value);
  }

  /** Only the length: contents may be masked updates or shares. */
  @Override
  public String toString() {
    return "Octets[" + value.length + "]";
  }
}
