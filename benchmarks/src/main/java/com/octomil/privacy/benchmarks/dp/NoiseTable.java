package com.octomil.privacy.benchmarks.dp;

import com.octomil.privacy.benchmarks.Figure;
import com.octomil.privacy.benchmarks.Stopwatch;
import com.octomil.privacy.dp.mechanism.DiscreteGaussian;
import com.octomil.privacy.dp.mechanism.IntegerNoise;
import com.octomil.privacy.dp.mechanism.RoundedGaussian;
import com.octomil.privacy.dp.mechanism.Skellam;
import com.octomil.privacy.dp.random.KeystreamRandom;
import com.octomil.privacy.dp.sensitivity.GridEncoder;
import java.security.SecureRandom;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import javax.crypto.Cipher;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * How fast exact noise and encoding are on one thread, beside the generator under them and the
 * platform's own floating-point sampler, which is not safe. About one minute.
 */
public final class NoiseTable {
  private static final int SAMPLES = 1 << 16;
  private static final int COORDINATES = 1_000_000;
  private static final int STREAM_BYTES = 1 << 20;
  private static final int CHUNK = 16 * 1024;

  /** A well-known safe sampler of the Java world, in millions a second on a comparable machine. */
  private static final double SAFE_PEER = 0.09;

  private NoiseTable() {}

  public static void main(String[] arguments) throws Exception {
    System.out.println(Figure.headings("one thread, processor time, median"));
    measure(figure -> System.out.println(figure.line()));
  }

  /** Measures and hands over each figure as soon as it is known. */
  public static void measure(Consumer<Figure> sink) throws Exception {
    generators(sink);
    for (double sigma : new double[] {1, 1000, 65_536, 0x1p40}) {
      sink.accept(
          rate("rounded Gaussian, sigma " + text(sigma), RoundedGaussian.of(sigma))
              .aim(20)
              .peer(SAFE_PEER));
    }
    for (double sigma : new double[] {1, 1000, 0x1p40}) {
      sink.accept(rate("discrete Gaussian, sigma " + text(sigma), DiscreteGaussian.of(sigma)));
    }
    for (double sigma : new double[] {1, 1000, 0x1p40}) {
      sink.accept(
          rate("Skellam, standard deviation " + text(sigma), Skellam.ofVariance(sigma * sigma)));
    }
    SecureRandom random = new SecureRandom();
    Callable<Double> unsafe =
        () -> {
          double sum = 0;
          for (int i = 0; i < SAMPLES / 16; i++) {
            sum += random.nextGaussian();
          }
          return sum;
        };
    sink.accept(
        Figure.of(
            "not safe: SecureRandom.nextGaussian of the platform",
            SAMPLES / 16 * 1e3 / Stopwatch.cpu(unsafe),
            "M/s"));
    encoding(sink, random);
  }

  private static void generators(Consumer<Figure> sink) throws Exception {
    byte[] zeros = new byte[CHUNK];
    byte[] target = new byte[CHUNK];
    Cipher cipher = Cipher.getInstance("AES/CTR/NoPadding");
    cipher.init(
        Cipher.ENCRYPT_MODE,
        new SecretKeySpec(new byte[32], "AES"),
        new IvParameterSpec(new byte[16]));
    // The platform switches to the fast instructions by the number of calls, not of bytes.
    for (int call = 0; call < 20_000; call++) {
      cipher.update(zeros, 0, 256, target, 0);
    }
    Callable<Integer> raw =
        () -> {
          int bytes = 0;
          for (int i = 0; i < STREAM_BYTES; i += CHUNK) {
            bytes += cipher.update(zeros, 0, CHUNK, target, 0);
          }
          return bytes;
        };
    sink.accept(
        Figure.of("raw AES-256-CTR, 16 KiB calls", STREAM_BYTES / Stopwatch.cpu(raw), "GB/s"));
    KeystreamRandom keystream = new KeystreamRandom();
    Callable<Long> words =
        () -> {
          long sum = 0;
          for (int i = 0; i < STREAM_BYTES / Long.BYTES; i++) {
            sum += keystream.nextLong();
          }
          return sum;
        };
    sink.accept(
        Figure.of("our generator, word by word", STREAM_BYTES / Stopwatch.cpu(words), "GB/s"));
  }

  private static void encoding(Consumer<Figure> sink, SecureRandom random) throws Exception {
    float[] update = new float[COORDINATES];
    for (int i = 0; i < COORDINATES; i++) {
      update[i] = random.nextFloat() - 0.5f;
    }
    for (double clip : new double[] {1, 1e4}) {
      GridEncoder encoder = new GridEncoder(clip, clip * 0x1p-16);
      double nanos = Stopwatch.cpu(() -> encoder.encode(update, random));
      sink.accept(
          Figure.of(
                  "encode, d = 1,000,000, " + (clip == 1 ? "clipped" : "within the norm"),
                  nanos / COORDINATES,
                  "ns/coord")
              .aim(10));
    }
  }

  private static Figure rate(String name, IntegerNoise noise) throws Exception {
    long[] sum = new long[SAMPLES];
    double nanos =
        Stopwatch.cpu(() -> {
          noise.addTo(sum);
          return sum;
        });
    return Figure.of(name, SAMPLES * 1e3 / nanos, "M/s");
  }

  private static String text(double sigma) {
    return sigma == 0x1p40 ? "2^40" : Long.toString((long) sigma);
  }
}
