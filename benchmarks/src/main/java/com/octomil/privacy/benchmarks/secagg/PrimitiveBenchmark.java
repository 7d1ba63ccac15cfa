package com.octomil.privacy.benchmarks.secagg;

import com.octomil.privacy.secagg.keyagreement.SigningKeyPair;
import com.octomil.privacy.secagg.keyagreement.X25519KeyPair;
import com.octomil.privacy.secagg.secretsharing.SecretReconstruction;
import com.octomil.privacy.secagg.secretsharing.Shamir;
import com.octomil.privacy.secagg.secretsharing.Share;
import com.octomil.privacy.secagg.wire.BitPacking;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Single operations: keys, signatures, secret shares, packing. Packing is for 100,000 coordinates
 * of 28 bits.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 4, time = 1)
public class PrimitiveBenchmark {
  private static final int BITS = 28;

  private final SecureRandom random = new SecureRandom();
  private final X25519KeyPair own = X25519KeyPair.generate(random);
  private final byte[] peer = X25519KeyPair.generate(random).publicKey();
  private final SigningKeyPair signing = SigningKeyPair.generate(random);
  private final byte[] message = new byte[200];
  private final byte[] signature = signing.sign(message);
  private final byte[] secret = new byte[32];
  private final Shared small = new Shared(30, 16);
  private final Shared large = new Shared(194, 124);
  private final int[] vector = random.ints(100_000, 0, 1 << BITS).toArray();
  private final byte[] packed = BitPacking.pack(vector, BITS);

  private final class Shared {
    final int threshold;
    final int[] xs;
    final List<Share> shares = new ArrayList<>();

    Shared(int holders, int threshold) {
      this.threshold = threshold;
      xs = new int[holders];
      Arrays.setAll(xs, i -> i + 1);
      byte[][] values = Shamir.split(secret, threshold, xs, random);
      for (int i = 0; i < holders; i++) {
        shares.add(new Share(i, values[i]));
      }
    }

    /** A new object each time, so that no cached weights help. */
    SecretReconstruction.Result rebuild() {
      return new SecretReconstruction(threshold)
          .rebuild(shares, candidate -> Arrays.equals(candidate, secret));
    }
  }

  @Benchmark
  public byte[] x25519Agree() {
    return own.agree(peer);
  }

  @Benchmark
  public byte[] ed25519Sign() {
    return signing.sign(message);
  }

  @Benchmark
  public boolean ed25519Verify() {
    return SigningKeyPair.verify(signing.publicKey(), message, signature);
  }

  @Benchmark
  public byte[][] shamirSplit16Of30() {
    return Shamir.split(secret, small.threshold, small.xs, random);
  }

  @Benchmark
  public byte[][] shamirSplit124Of194() {
    return Shamir.split(secret, large.threshold, large.xs, random);
  }

  @Benchmark
  public SecretReconstruction.Result shamirRebuild16Of30() {
    return small.rebuild();
  }

  @Benchmark
  public SecretReconstruction.Result shamirRebuild124Of194() {
    return large.rebuild();
  }

  @Benchmark
  public byte[] pack() {
    return BitPacking.pack(vector, BITS);
  }

  @Benchmark
  public int[] addPacked() {
    BitPacking.addPacked(vector, packed, BITS);
    return vector;
  }
}
