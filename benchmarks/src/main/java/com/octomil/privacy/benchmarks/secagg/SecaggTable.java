package com.octomil.privacy.benchmarks.secagg;

import com.octomil.privacy.secagg.wire.BitPacking;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.Callable;

/**
 * One table of what secure aggregation costs: the benchmarks of this package, timed by processor
 * time of the thread rather than by the clock, so that a machine with other work gives usable
 * figures. Rows for all cores are by the clock.
 *
 * <p>Use JMH on the same classes for distributions and profilers.
 */
public final class SecaggTable {
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
  private static final long WARM_UP_NANOS = 1_500_000_000L;
  private static final int MIN_RUNS = 5;
  private static final long RUN_NANOS = 1_500_000_000L;

  private SecaggTable() {}

  public static void main(String[] arguments) throws Exception {
    System.out.printf(
        Locale.ROOT,
        "%s %s, %d processors%n%n%-58s %12s %12s%n",
        System.getProperty("java.vm.name"),
        Runtime.version(),
        Runtime.getRuntime().availableProcessors(),
        "one thread, processor time, median",
        "time",
        "rate");
    masks();
    devices();
    unmasking();
    primitives();
    long bits = 28;
    System.out.printf(
        Locale.ROOT,
        "%nupload: %d bits a coordinate are %.4f bytes; packed %.4f bytes a coordinate at d = 1,000,000%n",
        bits,
        bits / 8.0,
        BitPacking.packedLength(1_000_000, (int) bits) / 1e6);
  }

  private static void masks() throws Exception {
    MaskBenchmark benchmark = new MaskBenchmark();
    benchmark.setUp();
    rate("array copy, 16 KiB blocks", cpu(benchmark::arrayCopy), MaskBenchmark.BYTES);
    rate("raw AES-128-CTR, 16 KiB blocks", cpu(benchmark::rawAesCtr), MaskBenchmark.BYTES);
    rate(
        "expand and add, 32 masks, d = 1,000,000",
        cpu(benchmark::expandAndAdd),
        MaskBenchmark.BYTES);
    rate(
        "  the same on all cores, by the clock",
        wall(benchmark::expandAndAddAllCores),
        MaskBenchmark.BYTES);
  }

  private static void devices() throws Exception {
    for (int coordinates : new int[] {100_000, 1_000_000}) {
      for (int degree : new int[] {10, 30, 100}) {
        DeviceRoundBenchmark benchmark = new DeviceRoundBenchmark();
        benchmark.coordinates = coordinates;
        benchmark.degree = degree;
        benchmark.setUp();
        String shape = String.format(Locale.ROOT, "d = %,d, k = %d", coordinates, degree);
        time("device: split and seal shares, " + shape, cpu(benchmark::share));
        time("device: mask and pack, " + shape, cpu(benchmark::mask));
        time("device: encode, mask and pack, " + shape, cpu(benchmark::encodeAndMask));
      }
    }
  }

  private static void unmasking() throws Exception {
    for (String round : new String[] {"100/0/30", "100/10/30", "1000/50/66"}) {
      UnmaskBenchmark benchmark = new UnmaskBenchmark();
      benchmark.round = round;
      benchmark.threads = 1;
      benchmark.setUp();
      String[] shape = round.split("/");
      String name =
          "server: unmask d = 1,000,000, n = "
              + shape[0]
              + ", "
              + shape[1]
              + " dropped, k = "
              + shape[2];
      time(name, cpu(benchmark::unmask));
      benchmark.threads = 0;
      time("  the same on all cores, by the clock", wall(benchmark::unmask));
    }
  }

  private static void primitives() throws Exception {
    PrimitiveBenchmark benchmark = new PrimitiveBenchmark();
    time("X25519 agreement", cpu(benchmark::x25519Agree));
    time("Ed25519 signature", cpu(benchmark::ed25519Sign));
    time("Ed25519 verification", cpu(benchmark::ed25519Verify));
    time("Shamir split, 16 of 30", cpu(benchmark::shamirSplit16Of30));
    time("Shamir rebuild, 16 of 30", cpu(benchmark::shamirRebuild16Of30));
    time("Shamir split, 124 of 194", cpu(benchmark::shamirSplit124Of194));
    time("Shamir rebuild, 124 of 194", cpu(benchmark::shamirRebuild124Of194));
    time("pack 100,000 coordinates of 28 bits", cpu(benchmark::pack));
    time("add 100,000 packed coordinates of 28 bits", cpu(benchmark::addPacked));
  }

  private static double cpu(Callable<?> work) throws Exception {
    return median(work, true);
  }

  private static double wall(Callable<?> work) throws Exception {
    return median(work, false);
  }

  /** Median of nanoseconds per call after a warm-up; short calls are timed in batches. */
  private static double median(Callable<?> work, boolean processorTime) throws Exception {
    Object last = null;
    long calls = 0;
    long start = System.nanoTime();
    do {
      last = work.call();
      calls++;
    } while (System.nanoTime() - start < WARM_UP_NANOS);
    long batch = Math.max(1, calls * 50_000_000L / (System.nanoTime() - start));
    double[] times =
        new double
            [Math.max(MIN_RUNS, (int) Math.min(30, calls / batch * RUN_NANOS / WARM_UP_NANOS))];
    for (int run = 0; run < times.length; run++) {
      long from = now(processorTime);
      for (long call = 0; call < batch; call++) {
        last = work.call();
      }
      times[run] = (double) (now(processorTime) - from) / batch;
    }
    if (last == null) {
      throw new IllegalStateException(
          "the benchmark returns its result, or it may be optimised away");
    }
    Arrays.sort(times);
    return times[times.length / 2];
  }

  private static long now(boolean processorTime) {
    return processorTime ? THREADS.getCurrentThreadCpuTime() : System.nanoTime();
  }

  private static void rate(String name, double nanos, long bytes) {
    System.out.printf(Locale.ROOT, "%-58s %9.2f ms %7.2f GB/s%n", name, nanos / 1e6, bytes / nanos);
  }

  private static void time(String name, double nanos) {
    boolean small = nanos < 1e6;
    System.out.printf(
        Locale.ROOT,
        "%-58s %9.2f %s%n",
        name,
        small ? nanos / 1e3 : nanos / 1e6,
        small ? "us" : "ms");
  }
}
