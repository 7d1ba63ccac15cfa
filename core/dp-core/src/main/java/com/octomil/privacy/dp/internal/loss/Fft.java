package com.octomil.privacy.dp.internal.loss;

import java.util.concurrent.ConcurrentHashMap;

/**
 * Complex radix-2 fast Fourier transform with a componentwise error bound.
 *
 * <p>Every output is a tree of log2(n) butterflies on numbers whose moduli are at most the l1 norm
 * of the inputs below them. One butterfly errs by at most 5 units of round-off of that norm (a
 * complex product by sqrt(5), Brent, Percival and Zimmermann 2007, its twiddle by one, the sum by
 * one), so every output errs by at most {@link #errorPerUnit} times the l1 norm of the input.
 * Twiddles are computed one by one, never by recurrence. Thread-safe.
 */
final class Fft {
  static final int MAX_LOG = 22;

  private static final double ROUNDOFF_PER_STAGE = 5 * 0x1p-53;

  private static final ConcurrentHashMap<Integer, Fft> SIZES = new ConcurrentHashMap<>();

  private final int size;
  private final double[] cos;
  private final double[] sin;

  private Fft(int size) {
    this.size = size;
    int half = Math.max(1, size / 2);
    this.cos = new double[half];
    this.sin = new double[half];
    for (int i = 0; i < half; i++) {
      // The octant is reduced exactly before the library functions see the angle.
      double angle = 2 * Math.PI * i / size;
      cos[i] = 4L * i == size ? 0 : Math.cos(angle);
      sin[i] = -Math.sin(angle);
    }
  }

  /** The transform of 2^log points, log at most {@link #MAX_LOG}. */
  static Fft ofLog(int log) {
    return SIZES.computeIfAbsent(log, l -> new Fft(1 << l));
  }

  /** cos(2 pi turn/size) for turn from 0 to size - 1. */
  double cos(int turn) {
    return turn < cos.length ? cos[turn] : -cos[turn - cos.length];
  }

  /** -sin(2 pi turn/size) for turn from 0 to size - 1. */
  double sin(int turn) {
    return turn < sin.length ? sin[turn] : -sin[turn - sin.length];
  }

  int size() {
    return size;
  }

  /** Bound on the absolute error of any output, per unit of the input's l1 norm. */
  double errorPerUnit() {
    return ROUNDOFF_PER_STAGE * (Integer.numberOfTrailingZeros(size) + 1);
  }

  /** In place: X_k = sum_j x_j exp(-2 pi i jk/n). */
  void transform(double[] re, double[] im) {
    int n = size;
    int shift = 32 - Integer.numberOfTrailingZeros(n);
    for (int i = 0; i < n; i++) {
      int j = n == 1 ? 0 : Integer.reverse(i) >>> shift;
      if (j > i) {
        double r = re[i];
        re[i] = re[j];
        re[j] = r;
        double m = im[i];
        im[i] = im[j];
        im[j] = m;
      }
    }
    for (int i = 0; i + 1 < n; i += 2) {
      double r = re[i + 1];
      double m = im[i + 1];
      re[i + 1] = re[i] - r;
      im[i + 1] = im[i] - m;
      re[i] += r;
      im[i] += m;
    }
    for (int half = 2; half < n; half *= 2) {
      int stride = n / (2 * half);
      for (int start = 0; start < n; start += 2 * half) {
        for (int j = 0, t = 0; j < half; j++, t += stride) {
          int a = start + j;
          int b = a + half;
          double wr = cos[t];
          double wi = sin[t];
          double br = re[b];
          double bi = im[b];
          double r = br * wr - bi * wi;
          double m = br * wi + bi * wr;
          re[b] = re[a] - r;
          im[b] = im[a] - m;
          re[a] += r;
          im[a] += m;
        }
      }
    }
  }
}
