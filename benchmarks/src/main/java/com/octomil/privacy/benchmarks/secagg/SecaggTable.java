package com.octomil.privacy.benchmarks.secagg;

import com.octomil.privacy.benchmarks.Figure;
import com.octomil.privacy.benchmarks.Stopwatch;
import com.octomil.privacy.secagg.wire.BitPacking;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Consumer;

/**
 * One table of what secure aggregation costs: the benchmarks of this package, timed by processor
 * time of the thread rather than by the clock, so that a machine with other work gives usable
 * figures. Rows that name a number of threads are by the clock.
 *
 * <p>Use JMH on the same classes for distributions and profilers.
 */
public final class SecaggTable {
  private static final int PROCESSORS = Runtime.getRuntime().availableProcessors();

  private SecaggTable() {}

  /** Measures one part. */
  private interface Section {
    void measure(Consumer<Figure> sink) throws Exception;
  }

  private static final Map<String, Section> SECTIONS =
      Map.of(
          "masks", SecaggTable::masks,
          "device", SecaggTable::devices,
          "server", SecaggTable::unmasking,
          "primitives", SecaggTable::primitives);

  /**
   * Prints the table.
   *
   * @param arguments parts to measure: masks, device, server, primitives; none means all
   */
  public static void main(String[] arguments) throws Exception {
    System.out.println(Figure.headings("one thread, processor time, median"));
    Consumer<Figure> sink = figure -> System.out.println(figure.line());
    if (arguments.length == 0) {
      measure(sink);
    }
    for (String name : arguments) {
      Section section = SECTIONS.get(name);
      if (section == null) {
        throw new IllegalArgumentException(
            "part is " + name + "; it must be one of " + SECTIONS.keySet());
      }
      section.measure(sink);
    }
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
    double raw = Stopwatch.cpu(benchmark::rawAesCtr);
    sink.accept(rate("raw AES-128-CTR, 16 KiB blocks", raw, MaskBenchmark.BYTES));
    double added = Stopwatch.cpu(benchmark::expandAndAdd);
    sink.accept(rate("expand and add, 32 masks, d = 1,000,000", added, MaskBenchmark.BYTES));
    // 12 GB/s where raw AES-CTR gives 20.
    sink.accept(Figure.of("  of raw AES-128-CTR", 100 * raw / added, "%").aim(60));
    for (int threads : threads()) {
      sink.accept(
          rate(
              "raw AES-128-CTR by the clock, threads: " + threads,
              Stopwatch.wall(() -> benchmark.rawAesCtr(threads)),
              MaskBenchmark.BYTES));
    }
    for (int threads : threads()) {
      sink.accept(
          rate(
              "expand and add by the clock, threads: " + threads,
              Stopwatch.wall(() -> benchmark.apply(threads)),
              MaskBenchmark.BYTES));
    }
  }

  /** Threads whose times by the clock are compared: one, two and all. */
  private static SortedSet<Integer> threads() {
    return new TreeSet<>(List.of(1, Math.min(2, PROCESSORS), PROCESSORS));
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
        Figure whole =
            Figure.time(
                "device: encode, mask and pack, " + shape, Stopwatch.cpu(benchmark::encodeAndMask));
        sink.accept(coordinates == 1_000_000 && degree == 30 ? whole.aim(30).peer(418) : whole);
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
      Figure figure = Figure.time(name, Stopwatch.cpu(benchmark::unmask));
      sink.accept(
          switch (round) {
            case "100/10/30" -> figure.aim(300).peer(3400);
            case "1000/50/66" -> figure.aim(2500);
            default -> figure;
          });
      for (int threads : threads()) {
        benchmark.threads = threads;
        sink.accept(
            Figure.time(
                "  the same by the clock, threads: " + threads, Stopwatch.wall(benchmark::unmask)));
      }
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
