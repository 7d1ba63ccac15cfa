package com.octomil.privacy.secagg;

import java.security.MessageDigest;
import java.util.Arrays;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A secret that does not print itself, compares in constant time and is overwritten on close.
 * Thread-safe. Overwriting is best effort: the virtual machine may have copied the array before.
 */
public final class SecretBytes implements AutoCloseable {
  private final ReentrantLock lock = new ReentrantLock();
  private final byte[] value;
  private boolean closed;

  /** Copies {@code value}; the caller erases its own copy. */
  public SecretBytes(byte[] value) {
    this.value = value.clone();
  }

  /**
   * Returns a copy of the secret.
   *
   * @throws IllegalStateException after {@link #close}
   */
  public byte[] reveal() {
    lock.lock();
    try {
      if (closed) {
        throw new IllegalStateException("the secret has been erased");
      }
      return value.clone();
    } finally {
      lock.unlock();
    }
  }

  /** Length in bytes, also after {@link #close}. */
  public int length() {
    return value.length;
  }

  public boolean isClosed() {
    lock.lock();
    try {
      return closed;
    } finally {
      lock.unlock();
    }
  }

  /** Overwrites the secret. May be called again. */
  @Override
  public void close() {
    lock.lock();
    try {
      Arrays.fill(value, (byte) 0);
      closed = true;
    } finally {
      lock.unlock();
    }
  }

  /** Equal content, compared in constant time. An erased secret equals nothing but itself. */
  @Override
  public boolean equals(Object other) {
    if (this == other) {
      return true;
    }
    if (!(other instanceof SecretBytes that) || isClosed() || that.isClosed()) {
      return false;
    }
    byte[] mine = reveal();
    byte[] theirs = that.reveal();
    try {
      return MessageDigest.isEqual(mine, theirs);
    } finally {
      Arrays.fill(mine, (byte) 0);
      Arrays.fill(theirs, (byte) 0);
    }
  }

  /** Depends on the length only, so that it says nothing about the content. */
  @Override
  public int hashCode() {
    return Integer.hashCode(value.length);
  }

  @Override
  public String toString() {
    return "SecretBytes[" + value.length + " bytes]";
  }
}
