package com.octomil.privacy.benchmarks.secagg;

import com.octomil.privacy.secagg.RoundHash;
import com.octomil.privacy.secagg.masking.Unmasker;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import javax.crypto.Cipher;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Expansion and addition of masks beside its two limits in the same run: the platform's AES-CTR
 * alone and a copy of arrays. Every invocation works through {@link #BYTES} bytes, so bytes divided
 * by the time is the rate.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class MaskBenchmark {
  private static final int COORDINATES = 1_000_000;
  private static final int MASKS = 32;

  /** Bytes of key stream in one invocation. */
  public static final long BYTES = 4L * COORDINATES * MASKS;

  private static final int BLOCK = 16 * 1024;

  private final byte[] input = new byte[BLOCK];
  private final byte[] output = new byte[BLOCK];
  private final int[] vector = new int[COORDINATES];
  private final RoundHash roundHash = RoundHash.of(new byte[] {1});
  private final byte[][] seeds = new byte[MASKS][32];
  private Cipher cipher = newCipher();

  @Setup
  public void setUp() {
    SecureRandom random = new SecureRandom();
    for (byte[] seed : seeds) {
      random.nextBytes(seed);
    }
    cipher = newCipher();
    try {
      // The platform switches to its fast form by the number of calls.
      for (int call = 0; call < 20_000; call++) {
        cipher.update(input, 0, 256, output, 0);
      }
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  @Benchmark
  public byte[] rawAesCtr() throws GeneralSecurityException {
    for (long done = 0; done < BYTES; done += BLOCK) {
      cipher.update(input, 0, BLOCK, output, 0);
    }
    return output;
  }

  /**
   * Raw AES-CTR on so many threads, each with its part of {@link #BYTES}: what scaling is possible.
   */
  long rawAesCtr(int threads) {
    return IntStream.range(0, threads)
        .parallel()
        .mapToLong(thread -> {
          byte[] own = new byte[BLOCK];
          Cipher stream = newCipher();
          try {
            for (long done = 0; done < BYTES / threads; done += BLOCK) {
              stream.update(input, 0, BLOCK, own, 0);
            }
          } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
          }
          return own[0];
        })
        .sum();
  }

  @Benchmark
  public byte[] arrayCopy() {
    for (long done = 0; done < BYTES; done += BLOCK) {
      System.arraycopy(input, 0, output, 0, BLOCK);
    }
    return output;
  }

  @Benchmark
  public int[] expandAndAdd() {
    return apply(1);
  }

  @Benchmark
  public int[] expandAndAddAllCores() {
    return apply(Runtime.getRuntime().availableProcessors());
  }

  /** On so many threads; the result is the caller's to look at only. */
  int[] apply(int parallelism) {
    try (Unmasker unmasker = new Unmasker(roundHash, 28, parallelism)) {
      for (byte[] seed : seeds) {
        unmasker.removeSelfMask(seed);
      }
      unmasker.apply(vector);
    }
    return vector;
  }

  private static Cipher newCipher() {
    try {
      Cipher cipher = Cipher.getInstance("AES/CTR/NoPadding");
      cipher.init(
          Cipher.ENCRYPT_MODE,
          new SecretKeySpec(new byte[16], "AES"),
          new IvParameterSpec(new byte[16]));
      return cipher;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }
}
