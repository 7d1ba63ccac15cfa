package com.octomil.privacy.benchmarks.dp;

import com.octomil.privacy.dp.mechanism.DiscreteGaussian;
import com.octomil.privacy.dp.mechanism.IntegerNoise;
import com.octomil.privacy.dp.mechanism.RoundedGaussian;
import com.octomil.privacy.dp.mechanism.Skellam;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** Exact noise samples per microsecond on one thread. Aim: 20; at least 5. */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
public class NoiseBenchmark {
  private static final int BLOCK = 1 << 16;

  /** The distributions. */
  public enum Distribution {
    ROUNDED_GAUSSIAN,
    DISCRETE_GAUSSIAN,
    SKELLAM
  }

  @Param public Distribution distribution = Distribution.ROUNDED_GAUSSIAN;

  @Param({"1", "1000", "65536", "1099511627776"})
  public double sigma = 1;

  private IntegerNoise noise = RoundedGaussian.of(1);
  private final long[] sum = new long[BLOCK];

  /** Makes the sampler. */
  @Setup
  public void setUp() {
    noise =
        switch (distribution) {
          case ROUNDED_GAUSSIAN -> RoundedGaussian.of(sigma);
          case DISCRETE_GAUSSIAN -> DiscreteGaussian.of(sigma);
          case SKELLAM -> Skellam.ofVariance(sigma * sigma);
        };
  }

  /** Adds noise to a block. */
  @Benchmark
  @OperationsPerInvocation(BLOCK)
  public long[] addNoise() {
    noise.addTo(sum);
    return sum;
  }
}
