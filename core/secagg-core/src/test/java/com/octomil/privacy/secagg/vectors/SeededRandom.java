package com.octomil.privacy.secagg.vectors;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;

/**
 * Reproducible "randomness" for vectors: SHA-256 over a name and a counter. Useless for anything
 * else.
 */
final class SeededRandom extends SecureRandom {
  private static final long serialVersionUID = 1L;

  private final String name;
  private long counter;

  SeededRandom(String name) {
    this.name = name;
  }

  @Override
  public void nextBytes(byte[] bytes) {
    try {
      for (int at = 0; at < bytes.length; at += 32) {
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        digest.update(name.getBytes(StandardCharsets.US_ASCII));
        byte[] block = digest.digest(ByteBuffer.allocate(8).putLong(0, counter++).array());
        System.arraycopy(block, 0, bytes, at, Math.min(32, bytes.length - at));
      }
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  byte[] bytes(int length) {
    byte[] bytes = new byte[length];
    nextBytes(bytes);
    return bytes;
  }
}
