package com.octomil.privacy.secagg.masking;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * How blocks of key stream are added to a vector, one little-endian 32-bit word a coordinate. Both
 * ways give the same sum; which one is faster depends on who compiled the loop.
 */
enum StreamAddition {
  /**
   * One key stream in a pass: the plain loop, which the compiler of a JVM turns into vector code.
   */
  SINGLE(1) {
    @Override
    void add(int[] vector, int at, byte[][] streams, int columns) {
      byte[] stream = streams[0];
      for (int i = 0; i < columns; i++) {
        vector[at + i] += (int) Words.INT.get(stream, i << 2);
      }
    }

    @Override
    void subtract(int[] vector, int at, byte[][] streams, int columns) {
      byte[] stream = streams[0];
      for (int i = 0; i < columns; i++) {
        vector[at + i] -= (int) Words.INT.get(stream, i << 2);
      }
    }
  },

  /**
   * Four key streams in a pass, four coordinates a step: a compiler that does not vectorise, as
   * that of a native image, then reads and writes the vector once for four additions.
   */
  FOURFOLD(4) {
    @Override
    void add(int[] vector, int at, byte[][] streams, int columns) {
      byte[] a = streams[0];
      byte[] b = streams[1];
      byte[] c = streams[2];
      byte[] d = streams[3];
      int i = 0;
      for (; i + 4 <= columns; i += 4) {
        int to = at + i;
        int from = i << 2;
        vector[to] += word(a, b, c, d, from);
        vector[to + 1] += word(a, b, c, d, from + 4);
        vector[to + 2] += word(a, b, c, d, from + 8);
        vector[to + 3] += word(a, b, c, d, from + 12);
      }
      for (; i < columns; i++) {
        vector[at + i] += word(a, b, c, d, i << 2);
      }
    }

    @Override
    void subtract(int[] vector, int at, byte[][] streams, int columns) {
      byte[] a = streams[0];
      byte[] b = streams[1];
      byte[] c = streams[2];
      byte[] d = streams[3];
      int i = 0;
      for (; i + 4 <= columns; i += 4) {
        int to = at + i;
        int from = i << 2;
        vector[to] -= word(a, b, c, d, from);
        vector[to + 1] -= word(a, b, c, d, from + 4);
        vector[to + 2] -= word(a, b, c, d, from + 8);
        vector[to + 3] -= word(a, b, c, d, from + 12);
      }
      for (; i < columns; i++) {
        vector[at + i] -= word(a, b, c, d, i << 2);
      }
    }
  };

  private final int width;

  StreamAddition(int width) {
    this.width = width;
  }

  /** Key streams that one call takes. */
  int width() {
    return width;
  }

  /**
   * Adds {@code width()} streams to {@code columns} coordinates from {@code at} on, modulo 2^32.
   *
   * @param streams at least {@code width()} arrays of at least {@code 4 * columns} bytes
   */
  abstract void add(int[] vector, int at, byte[][] streams, int columns);

  /** The same with the opposite sign. */
  abstract void subtract(int[] vector, int at, byte[][] streams, int columns);

  private static int word(byte[] a, byte[] b, byte[] c, byte[] d, int at) {
    return (int) Words.INT.get(a, at)
        + (int) Words.INT.get(b, at)
        + (int) Words.INT.get(c, at)
        + (int) Words.INT.get(d, at);
  }

  /** The faster way in the program that runs, measured in docs/benchmarks/secagg.md. */
  static StreamAddition preferred() {
    return Preferred.WAY;
  }

  /** Apart, because a native image makes it a constant only if nothing here asks the system. */
  private static final class Words {
    static final VarHandle INT =
        MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  }

  private static final class Preferred {
    static final StreamAddition WAY =
        System.getProperty("org.graalvm.nativeimage.imagecode") == null ? SINGLE : FOURFOLD;
  }
}
