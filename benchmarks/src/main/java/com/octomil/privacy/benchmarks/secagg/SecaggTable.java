package com.octomil.privacy.benchmarks.secagg;

import com.octomil.privacy.benchmarks.Figure;
import com.octomil.privacy.benchmarks.Stopwatch;
import com.octomil.privacy.secagg.wire.BitPacking;
import java.util.Locale;
import java.util.function.Consumer;

/**
 * One table of what secure aggregation costs: the benchmarks of this package, timed by processor
 * time of the thread rather than by the clock, so that a machine with other work gives usable
 * figures. Rows for all cores are by the clock.
 *
 * <p>Use JMH on the same classes for distributions and profilers.
 */
public final class SecaggTable {
  private SecaggTable() {}

  public static void main(String[] arguments) throws Exception {
    System.out.println(Figure.headings("one thread, processor time, median"));
    measure(figure -> System.out.println(figure.line()));
  }

  /** Measures and hands over each figure as soon as it is known; about four minutes. */
  public static void measure(Consumer<Figure> sink) throws Exception {
    masks(sink);
    devices(sink);
    unmasking(sink);
    primitives(sink);
    int bits = 28;
    sink.accept(
        Figure.of(
            "upload, d = 1,000,000, " + bits + " bits a coordinate",
            BitPacking.packedLength(1_000_000, bits) / 1e6,
            "B/coord"));
  }

  private static void masks(Consumer<Figure> sink) throws Exception {
    MaskBenchmark benchmark = new MaskBenchmark();
    benchmark.setUp();
    sink.accept(
        rate(
            "array copy, 16 KiB blocks", Stopwatch.cpu(benchmark::arrayCopy), MaskBenchmark.BYTES));
    sink.accept(
        rate(
            "raw AES-128-CTR, 16 KiB blocks",
            Stopwatch.cpu(benchmark::rawAesCtr),
            MaskBenchmark.BYTES));
    sink.accept(
        rate(
            "expand and add, 32 masks, d = 1,000,000",
            Stopwatch.cpu(benchmark::expandAndAdd),
            MaskBenchmark.BYTES));
    sink.accept(
        rate(
            "  the same on all cores, by the clock",
            Stopwatch.wall(benchmark::expandAndAddAllCores),
            MaskBenchmark.BYTES));
  }

  private static void devices(Consumer<Figure> sink) throws Exception {
    for (int coordinates : new int[] {100_000, 1_000_000}) {
      for (int degree : new int[] {10, 30, 100}) {
        DeviceRoundBenchmark benchmark = new DeviceRoundBenchmark();
        benchmark.coordinates = coordinates;
        benchmark.degree = degree;
        benchmark.setUp();
        String shape = String.format(Locale.ROOT, "d = %,d, k = %d", coordinates, degree);
        sink.accept(
            Figure.time(
                "device: split and seal shares, " + shape, Stopwatch.cpu(benchmark::share)));
        sink.accept(Figure.time("device: mask and pack, " + shape, Stopwatch.cpu(benchmark::mask)));
        sink.accept(
            Figure.time(
                "device: encode, mask and pack, " + shape,
                Stopwatch.cpu(benchmark::encodeAndMask)));
      }
    }
  }

  private static void unmasking(Consumer<Figure> sink) throws Exception {
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
      sink.accept(Figure.time(name, Stopwatch.cpu(benchmark::unmask)));
      benchmark.threads = 0;
      sink.accept(
          Figure.time("  the same on all cores, by the clock", Stopwatch.wall(benchmark::unmask)));
    }
  }

  private static void primitives(Consumer<Figure> sink) throws Exception {
    PrimitiveBenchmark benchmark = new PrimitiveBenchmark();
    sink.accept(Figure.time("X25519 agreement", Stopwatch.cpu(benchmark::x25519Agree)));
    sink.accept(Figure.time("Ed25519 signature", Stopwatch.cpu(benchmark::ed25519Sign)));
    sink.accept(Figure.time("Ed25519 verification", Stopwatch.cpu(benchmark::ed25519Verify)));
    sink.accept(Figure.time("Shamir split, 16 of 30", Stopwatch.cpu(benchmark::shamirSplit16Of30)));
    sink.accept(
        Figure.time("Shamir rebuild, 16 of 30", Stopwatch.cpu(benchmark::shamirRebuild16Of30)));
    sink.accept(
        Figure.time("Shamir split, 124 of 194", Stopwatch.cpu(benchmark::shamirSplit124Of194)));
    sink.accept(
        Figure.time("Shamir rebuild, 124 of 194", Stopwatch.cpu(benchmark::shamirRebuild124Of194)));
    sink.accept(Figure.time("pack 100,000 coordinates of 28 bits", Stopwatch.cpu(benchmark::pack)));
    sink.accept(
        Figure.time(
            "add 100,000 packed coordinates of 28 bits", Stopwatch.cpu(benchmark::addPacked)));
  }

  private static Figure rate(String name, double nanos, long bytes) {
    return Figure.of(name, bytes / nanos, "GB/s");
  }
}
