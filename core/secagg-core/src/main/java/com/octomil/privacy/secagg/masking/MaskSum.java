package com.octomil.privacy.secagg.masking;

import com.octomil.privacy.secagg.RingWidth;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import javax.crypto.Cipher;
import javax.crypto.ShortBufferException;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * A signed sum of masks that is added to a vector. A mask is the AES-128-CTR key stream of its key
 * from block zero on; its coordinate i is the i-th little-endian 32-bit word, modulo 2^b.
 *
 * <p>The vector is worked through in column blocks that stay in the cache; each block gets the key
 * stream of all masks before the next one is touched. So memory is the vector and a few buffers per
 * thread, whatever the number of masks. Column ranges run in parallel. Not thread-safe.
 */
final class MaskSum implements AutoCloseable {
  /**
   * Coordinates in a column block: 16 KiB of key stream, the size at which AES-CTR of the platform
   * is fastest.
   */
  private static final int BLOCK = 4096;

  /** Below this many coordinates a second thread costs more than it gives. */
  private static final int MIN_COLUMNS_PER_THREAD = 16 * BLOCK;

  /** Ciphers open at once in a thread. */
  private static final int OPEN_CIPHERS = 128;

  private static final byte[] ZEROS = new byte[BLOCK * Integer.BYTES];

  private final int bits;
  private final StreamAddition addition;
  private final List<byte[]> added = new ArrayList<>();
  private final List<byte[]> subtracted = new ArrayList<>();

  MaskSum(int bits) {
    this(bits, StreamAddition.preferred());
  }

  /** With one of the two equivalent ways to add. */
  MaskSum(int bits, StreamAddition addition) {
    RingWidth.mask(bits);
    this.bits = bits;
    this.addition = addition;
  }

  /** Takes the key over; it is erased on close. */
  void add(byte[] key, boolean negative) {
    (negative ? subtracted : added).add(key);
  }

  int size() {
    return added.size() + subtracted.size();
  }

  /** Adds all masks to the vector modulo 2^bits with up to {@code parallelism} threads. */
  void apply(int[] vector, int parallelism) {
    int tasks = Math.max(1, Math.min(parallelism, vector.length / MIN_COLUMNS_PER_THREAD));
    if ((long) vector.length * size() >= KeystreamWarmUp.WORTHWHILE_COORDINATES) {
      KeystreamWarmUp.once();
    }
    if (tasks == 1) {
      applyColumns(vector, 0, vector.length);
      return;
    }
    int blocks = (vector.length + BLOCK - 1) / BLOCK;
    IntStream.range(0, tasks)
        .parallel()
        .forEach(task -> {
          int from = (int) ((long) blocks * task / tasks) * BLOCK;
          int to = Math.min(vector.length, (int) ((long) blocks * (task + 1) / tasks) * BLOCK);
          applyColumns(vector, from, to);
        });
  }

  private void applyColumns(int[] vector, int from, int to) {
    byte[][] streams = new byte[addition.width()][ZEROS.length];
    Cipher[] ciphers =
        new Cipher[Math.min(OPEN_CIPHERS, Math.max(added.size(), subtracted.size()))];
    try {
      for (int i = 0; i < ciphers.length; i++) {
        ciphers[i] = Cipher.getInstance("AES/CTR/NoPadding");
      }
      applyMasks(added, false, ciphers, streams, vector, from, to);
      applyMasks(subtracted, true, ciphers, streams, vector, from, to);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java platform has AES/CTR/NoPadding", e);
    }
    for (byte[] stream : streams) {
      Arrays.fill(stream, (byte) 0);
    }
    int mask = RingWidth.mask(bits);
    for (int i = from; i < to; i++) {
      vector[i] &= mask;
    }
  }

  private void applyMasks(
      List<byte[]> keys,
      boolean negative,
      Cipher[] ciphers,
      byte[][] streams,
      int[] vector,
      int from,
      int to)
      throws GeneralSecurityException {
    IvParameterSpec counter = counterAt(from);
    int width = addition.width();
    for (int first = 0; first < keys.size(); first += ciphers.length) {
      int count = Math.min(ciphers.length, keys.size() - first);
      for (int i = 0; i < count; i++) {
        ciphers[i].init(
            Cipher.ENCRYPT_MODE, new SecretKeySpec(keys.get(first + i), "AES"), counter);
      }
      for (int column = from; column < to; column += BLOCK) {
        int columns = Math.min(BLOCK, to - column);
        for (int i = 0; i < count; i += width) {
          int present = Math.min(width, count - i);
          for (int j = 0; j < width; j++) {
            if (j < present) {
              keystream(ciphers[i + j], streams[j], columns);
            } else {
              Arrays.fill(streams[j], 0, columns * Integer.BYTES, (byte) 0);
            }
          }
          if (negative) {
            addition.subtract(vector, column, streams, columns);
          } else {
            addition.add(vector, column, streams, columns);
          }
        }
      }
    }
  }

  static void keystream(Cipher cipher, byte[] stream, int columns) throws ShortBufferException {
    cipher.update(ZEROS, 0, columns * Integer.BYTES, stream, 0);
  }

  /**
   * Counter block of the AES block that holds a coordinate divisible by four: 128 bits big-endian.
   */
  private static IvParameterSpec counterAt(int coordinate) {
    byte[] counter = new byte[16];
    int block = coordinate / 4;
    counter[12] = (byte) (block >>> 24);
    counter[13] = (byte) (block >>> 16);
    counter[14] = (byte) (block >>> 8);
    counter[15] = (byte) block;
    return new IvParameterSpec(counter);
  }

  @Override
  public void close() {
    added.forEach(key -> Arrays.fill(key, (byte) 0));
    subtracted.forEach(key -> Arrays.fill(key, (byte) 0));
    added.clear();
    subtracted.clear();
  }
}
