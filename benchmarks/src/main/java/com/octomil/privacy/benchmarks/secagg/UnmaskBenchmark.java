package com.octomil.privacy.benchmarks.secagg;

import com.octomil.privacy.secagg.RoundHash;
import com.octomil.privacy.secagg.keyagreement.X25519KeyPair;
import com.octomil.privacy.secagg.masking.Unmasker;
import java.security.SecureRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** Unmasking of one sum of a million coordinates, key agreement included. */
@State(Scope.Thread)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(1)
@Warmup(iterations = 2)
@Measurement(iterations = 4)
public class UnmaskBenchmark {
  private static final int COORDINATES = 1_000_000;

  /** Devices, drop-outs, neighbours. */
  @Param({"100/0/30", "100/10/30", "1000/50/66"})
  public String round = "";

  /** Threads; 0 means all processors. */
  @Param({"1", "0"})
  public int threads;

  private final RoundHash roundHash = RoundHash.of(new byte[] {1});
  private byte[][] seeds = new byte[0][];
  private X25519KeyPair[] dropped = new X25519KeyPair[0];
  private byte[][] peers = new byte[0][];
  private int[] sum = new int[0];

  @Setup
  public void setUp() {
    SecureRandom random = new SecureRandom();
    String[] shape = round.split("/");
    int devices = Integer.parseInt(shape[0]);
    int dropouts = Integer.parseInt(shape[1]);
    int degree = Integer.parseInt(shape[2]);
    seeds = new byte[devices - dropouts][32];
    for (byte[] seed : seeds) {
      random.nextBytes(seed);
    }
    dropped = new X25519KeyPair[dropouts];
    for (int i = 0; i < dropouts; i++) {
      dropped[i] = X25519KeyPair.generate(random);
    }
    peers = new byte[degree][];
    for (int i = 0; i < degree; i++) {
      peers[i] = X25519KeyPair.generate(random).publicKey();
    }
    sum = new int[COORDINATES];
  }

  /** Every neighbour of a drop-out survived, which is the most there can be to remove. */
  @Benchmark
  public int[] unmask() {
    int parallelism = threads == 0 ? Runtime.getRuntime().availableProcessors() : threads;
    try (Unmasker unmasker = new Unmasker(roundHash, 28, parallelism)) {
      for (byte[] seed : seeds) {
        unmasker.removeSelfMask(seed);
      }
      for (int i = 0; i < dropped.length; i++) {
        for (int j = 0; j < peers.length; j++) {
          unmasker.removePairMasks(i, dropped[i], dropped.length + j, peers[j]);
        }
      }
      unmasker.apply(sum);
    }
    return sum;
  }
}
