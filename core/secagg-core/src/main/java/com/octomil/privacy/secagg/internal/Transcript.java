package com.octomil.privacy.secagg.internal;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;

/**
 * Builds the bytes that are hashed, signed or authenticated: a label, then fields. Fields of fixed
 * length are written as they are, fields of variable length behind their length, integers as 32
 * bits big-endian; the encoding is injective. Not thread-safe.
 */
public final class Transcript {
  private byte[] buffer;
  private int length;

  private Transcript(int capacity) {
    buffer = new byte[capacity];
  }

  /** Starts a transcript with the label {@code Labels.PREFIX + name} and a zero byte. */
  public static Transcript of(String name) {
    byte[] label = (Labels.PREFIX + name).getBytes(StandardCharsets.US_ASCII);
    return new Transcript(label.length + 257).raw(label).raw(new byte[1]);
  }

  /** Appends a field that always has {@code size} bytes. */
  public Transcript fixed(String field, byte[] value, int size) {
    return raw(Checks.length(field, value, size));
  }

  /** Appends the length as 32 bits big-endian and then the bytes. */
  public Transcript variable(byte[] value) {
    return u32(value.length).raw(value);
  }

  /** Appends 32 bits big-endian. */
  public Transcript u32(int value) {
    ensure(4);
    buffer[length++] = (byte) (value >>> 24);
    buffer[length++] = (byte) (value >>> 16);
    buffer[length++] = (byte) (value >>> 8);
    buffer[length++] = (byte) value;
    return this;
  }

  /** Appends 64 bits big-endian. */
  public Transcript u64(long value) {
    return u32((int) (value >>> 32)).u32((int) value);
  }

  /** Appends one byte. */
  public Transcript u8(int value) {
    ensure(1);
    buffer[length++] = (byte) value;
    return this;
  }

  public byte[] toBytes() {
    return Arrays.copyOf(buffer, length);
  }

  /** SHA-256 of the transcript; wipes the buffer, which may have held a secret. */
  public byte[] sha256() {
    MessageDigest digest = newSha256();
    digest.update(buffer, 0, length);
    byte[] result = digest.digest();
    Arrays.fill(buffer, (byte) 0);
    length = 0;
    return result;
  }

  public static MessageDigest newSha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  private Transcript raw(byte[] value) {
    ensure(value.length);
    System.arraycopy(value, 0, buffer, length, value.length);
    length += value.length;
    return this;
  }

  private void ensure(int more) {
    if (buffer.length - length < more) {
      byte[] old = buffer;
      buffer = Arrays.copyOf(old, Math.addExact(Math.max(2 * length, length + more), 16));
      Arrays.fill(old, (byte) 0);
    }
  }
}
