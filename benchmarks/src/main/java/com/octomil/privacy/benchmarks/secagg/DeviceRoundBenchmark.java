package com.octomil.privacy.benchmarks.secagg;

import com.octomil.privacy.dp.sensitivity.GridEncoder;
import com.octomil.privacy.secagg.RoundHash;
import com.octomil.privacy.secagg.keyagreement.ShareCipher;
import com.octomil.privacy.secagg.keyagreement.X25519KeyPair;
import com.octomil.privacy.secagg.masking.DeviceMasker;
import com.octomil.privacy.secagg.secretsharing.Shamir;
import com.octomil.privacy.secagg.wire.BitPacking;
import java.security.SecureRandom;
import java.util.Arrays;
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

/** Processor time of one device in one round, in one thread and without training. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(1)
@Warmup(iterations = 2, time = 2)
@Measurement(iterations = 4, time = 2)
public class DeviceRoundBenchmark {
  private static final int BITS = 28;

  /** Model coordinates. */
  @Param({"100000", "1000000"})
  public int coordinates;

  /** Neighbours. */
  @Param({"10", "30", "100"})
  public int degree;

  private final SecureRandom random = new SecureRandom();
  private final RoundHash roundHash = RoundHash.of(new byte[] {1});
  private final GridEncoder encoder = new GridEncoder(1.0, 0x1p-16);
  private final X25519KeyPair maskKey = X25519KeyPair.generate(random);
  private final X25519KeyPair shareKey = X25519KeyPair.generate(random);
  private byte[][] peers = new byte[0][];
  private float[] update = new float[0];
  private int[] encoded = new int[0];

  @Setup
  public void setUp() {
    peers = new byte[degree][];
    for (int i = 0; i < degree; i++) {
      peers[i] = X25519KeyPair.generate(random).publicKey();
    }
    update = new float[coordinates];
    for (int i = 0; i < coordinates; i++) {
      update[i] = random.nextFloat() - 0.5f;
    }
    encoded = encoder.encode(update, random);
  }

  /** Split both secrets and seal a share of each for every neighbour. */
  @Benchmark
  public int share() {
    int[] xs = new int[degree];
    Arrays.setAll(xs, i -> i + 2);
    byte[][] seedShares = Shamir.split(new byte[32], degree / 2 + 1, xs, random);
    byte[][] keyShares = Shamir.split(maskKey.privateKey(), degree / 2 + 1, xs, random);
    int bytes = 0;
    for (int i = 0; i < degree; i++) {
      byte[] plaintext = Arrays.copyOf(seedShares[i], 2 * Shamir.SHARE_BYTES);
      System.arraycopy(keyShares[i], 0, plaintext, Shamir.SHARE_BYTES, Shamir.SHARE_BYTES);
      bytes += ShareCipher.seal(roundHash, shareKey, peers[i], 0, i + 1, plaintext).length;
    }
    return bytes;
  }

  /** Clip, round onto the grid, mask and pack. */
  @Benchmark
  public byte[] encodeAndMask() {
    return masked(encoder.encode(update, random));
  }

  /** Mask and pack only. */
  @Benchmark
  public byte[] mask() {
    return masked(encoded.clone());
  }

  private byte[] masked(int[] vector) {
    try (DeviceMasker masker = new DeviceMasker(roundHash, BITS)) {
      masker.addSelfMask(new byte[32]);
      for (int i = 0; i < degree; i++) {
        masker.addPairMask(maskKey, 0, peers[i], i + 1);
      }
      masker.apply(vector);
    }
    return BitPacking.pack(vector, BITS);
  }
}
