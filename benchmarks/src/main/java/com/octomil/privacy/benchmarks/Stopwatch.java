package com.octomil.privacy.benchmarks;

import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.lang.management.ThreadMXBean;
import java.util.Arrays;
import java.util.concurrent.Callable;

/**
 * Medians of repeated calls after a warm-up; short calls are timed in batches. JMH on the same
 * classes gives distributions and profilers; this gives one number without a fork.
 */
public final class Stopwatch {
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
  private static final long WARM_UP_NANOS = 1_500_000_000L;

  /** By the clock: on a busy machine the processor time of one thread passes slowly. */
  private static final long MAX_WARM_UP_NANOS = 8 * WARM_UP_NANOS;

  private static final long RUN_NANOS = 1_500_000_000L;
  private static final int MIN_RUNS = 5;

  private Stopwatch() {}

  /**
   * Nanoseconds of this thread's processor time per call, so that a machine with other work gives
   * usable figures.
   *
   * @param work returns its result, or it may be optimised away
   */
  public static double cpu(Callable<?> work) throws Exception {
    return median(work, true);
  }

  /** Nanoseconds by the clock per call. */
  public static double wall(Callable<?> work) throws Exception {
    return median(work, false);
  }

  /** Highest use of the heap so far, in bytes. */
  public static long peakHeap() {
    return ManagementFactory.getMemoryPoolMXBeans().stream()
        .filter(pool -> pool.getType() == MemoryType.HEAP)
        .map(MemoryPoolMXBean::getPeakUsage)
        .mapToLong(usage -> usage.getUsed())
        .sum();
  }

  private static double median(Callable<?> work, boolean processorTime) throws Exception {
    Object last = null;
    long calls = 0;
    long begin = System.nanoTime();
    long start = now(processorTime);
    long elapsed;
    do {
      last = work.call();
      calls++;
      elapsed = Math.max(1, now(processorTime) - start);
    } while (elapsed < WARM_UP_NANOS && System.nanoTime() - begin < MAX_WARM_UP_NANOS);
    long batch = Math.max(1, calls * 50_000_000L / elapsed);
    double[] times =
        new double[Math.max(MIN_RUNS, (int) Math.min(30, calls / batch * RUN_NANOS / elapsed))];
    for (int run = 0; run < times.length; run++) {
      long from = now(processorTime);
      for (long call = 0; call < batch; call++) {
        last = work.call();
      }
      times[run] = (double) (now(processorTime) - from) / batch;
    }
    if (last == null) {
      throw new IllegalStateException("the measured call returned nothing");
    }
    Arrays.sort(times);
    return times[times.length / 2];
  }

  private static long now(boolean processorTime) {
    return processorTime ? THREADS.getCurrentThreadCpuTime() : System.nanoTime();
  }
}
