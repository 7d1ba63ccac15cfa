package com.octomil.privacy.benchmarks.dp;

import com.octomil.privacy.dp.accounting.Adjacency;
import com.octomil.privacy.dp.accounting.Composition;
import com.octomil.privacy.dp.accounting.EpsilonInterval;
import com.octomil.privacy.dp.accounting.Planner;
import com.octomil.privacy.dp.accounting.PrivacyEvent;
import com.octomil.privacy.dp.accounting.PrivacyLossAccountant;
import com.octomil.privacy.dp.accounting.UnsupportedCompositionException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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
 * Milliseconds per answer of the certified accountant, each from nothing unless said otherwise.
 * Aims: 20, 50, 300, 300, 10, 100 and 100 ms in the order below.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(value = 1, jvmArgsAppend = "-Xmx256m")
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
public class AccountingBenchmark {
  private final PrivacyLossAccountant running = new PrivacyLossAccountant();
  private long rounds = 1000;

  private static Composition rounds(double noise, double rate, long count) {
    return Composition.of(PrivacyEvent.sampledGaussian(noise, rate), count, Adjacency.ADD_REMOVE);
  }

  /** Noise 1, rate 0.01, 1000 rounds. */
  @Benchmark
  public EpsilonInterval thousandRounds() throws UnsupportedCompositionException {
    return new PrivacyLossAccountant().epsilon(rounds(1, 0.01, 1000), 1e-5);
  }

  /** Noise 0.8, rate 0.001, 100,000 rounds. */
  @Benchmark
  public EpsilonInterval hundredThousandRounds() throws UnsupportedCompositionException {
    return new PrivacyLossAccountant().epsilon(rounds(0.8, 1e-3, 100_000), 1e-6);
  }

  /** Noise 0.5, rate 0.5, 1000 rounds. */
  @Benchmark
  public EpsilonInterval littleNoise() throws UnsupportedCompositionException {
    return new PrivacyLossAccountant().epsilon(rounds(0.5, 0.5, 1000), 1e-6);
  }

  /** Fifty rounds that all differ. */
  @Benchmark
  public EpsilonInterval fiftyDistinctRounds() throws UnsupportedCompositionException {
    Map<PrivacyEvent, Long> events = new LinkedHashMap<>();
    for (int i = 0; i < 50; i++) {
      events.put(PrivacyEvent.sampledGaussian(1 + 0.01 * i, 0.01 + 0.0005 * i), 1L);
    }
    return new PrivacyLossAccountant().epsilon(new Composition(events, Adjacency.ADD_REMOVE), 1e-5);
  }

  /** One more round on a running account. */
  @Benchmark
  public EpsilonInterval oneMoreRound() throws UnsupportedCompositionException {
    rounds = rounds >= 5000 ? 1000 : rounds + 1;
    return running.epsilon(rounds(1, 0.01, rounds), 1e-5);
  }

  /** Noise for epsilon 3 over 500 rounds at rate 0.02. */
  @Benchmark
  public double calibrate() throws UnsupportedCompositionException {
    return new Planner()
        .noiseMultiplier(
            3, 1e-6, 500, Adjacency.ADD_REMOVE, z -> PrivacyEvent.sampledGaussian(z, 0.02));
  }

  /** Twenty points of a forecast over 1000 rounds. */
  @Benchmark
  public List<Planner.ForecastPoint> forecast() throws UnsupportedCompositionException {
    return new Planner()
        .forecast(
            1e-6,
            PrivacyEvent.sampledGaussian(1.14, 0.02),
            Composition.empty(Adjacency.ADD_REMOVE),
            1000,
            20);
  }
}
