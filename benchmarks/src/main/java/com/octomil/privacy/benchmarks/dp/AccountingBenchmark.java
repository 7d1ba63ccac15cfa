package com.octomil.privacy.benchmarks.dp;

import com.octomil.privacy.dp.accounting.UnsupportedCompositionException;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Milliseconds per answer of the certified accountants, in a heap of 256 MiB; the questions and
 * their aims are those of {@link AccountingTable}.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(value = 1, jvmArgsAppend = "-Xmx256m")
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
public class AccountingBenchmark {
  /** A line of the table. */
  @Param({
    "THOUSAND_ROUNDS",
    "HUNDRED_THOUSAND_ROUNDS",
    "LITTLE_NOISE",
    "FIFTY_DISTINCT_ROUNDS",
    "ONE_MORE_ROUND",
    "CALIBRATE",
    "FORECAST"
  })
  public AccountingTable.Line question = AccountingTable.Line.THOUSAND_ROUNDS;

  @Benchmark
  public Object answer() throws UnsupportedCompositionException {
    return question.ask();
  }
}
