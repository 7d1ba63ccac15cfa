package com.octomil.privacy.benchmarks.dp;

import com.octomil.privacy.benchmarks.Figure;
import com.octomil.privacy.benchmarks.Stopwatch;
import com.octomil.privacy.dp.accounting.Adjacency;
import com.octomil.privacy.dp.accounting.Composition;
import com.octomil.privacy.dp.accounting.EpsilonInterval;
import com.octomil.privacy.dp.accounting.Planner;
import com.octomil.privacy.dp.accounting.PrivacyEvent;
import com.octomil.privacy.dp.accounting.PrivacyLossAccountant;
import com.octomil.privacy.dp.accounting.RunningAccount;
import com.octomil.privacy.dp.accounting.UnsupportedCompositionException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;

/**
 * One table of how fast the accountants answer, on one thread and warm.
 *
 * <p>Times are medians, by processor time of the thread where the machine counts it, so that a busy
 * machine gives usable figures. Every answer starts from nothing unless the line says otherwise.
 */
public final class AccountingTable {
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
  private static final long WARM_UP_NANOS = 1_000_000_000L;
  private static final long RUN_NANOS = 1_000_000_000L;
  private static final int MIN_RUNS = 5;

  private AccountingTable() {}

  /** One question to an accountant. */
  public interface Question {
    Object ask() throws UnsupportedCompositionException;
  }

  /** The questions by what they ask. */
  public enum Line implements Question {
    THOUSAND_ROUNDS("noise 1, rate 0.01, 1000 rounds", 20, 550) {
      @Override
      public Object ask() throws UnsupportedCompositionException {
        return epsilon(rounds(1, 0.01, 1000), 1e-5);
      }
    },
    HUNDRED_THOUSAND_ROUNDS("noise 0.8, rate 0.001, 100,000 rounds", 50, 600) {
      @Override
      public Object ask() throws UnsupportedCompositionException {
        return epsilon(rounds(0.8, 1e-3, 100_000), 1e-6);
      }
    },
    LITTLE_NOISE("noise 0.5, rate 0.5, 1000 rounds", 300, 5600) {
      @Override
      public Object ask() throws UnsupportedCompositionException {
        return epsilon(rounds(0.5, 0.5, 1000), 1e-6);
      }
    },
    FIFTY_DISTINCT_ROUNDS("50 rounds that all differ", 300, 18_000) {
      @Override
      public Object ask() throws UnsupportedCompositionException {
        return epsilon(fiftyDistinct(), 1e-5);
      }
    },
    ONE_MORE_ROUND("one more, different round on an account of 50", 10, 490) {
      private RunningAccount account = new RunningAccount(1e-5, Adjacency.ADD_REMOVE);
      private int charged = 100;

      @Override
      public Object ask() throws UnsupportedCompositionException {
        // The account starts over from time to time; medians do not notice.
        if (charged == 100) {
          account = RunningAccount.of(fiftyDistinct(), 1e-5);
          charged = 0;
        }
        charged++;
        return account.charge(PrivacyEvent.sampledGaussian(1.2 + 0.001 * charged, 0.02), 1);
      }
    },
    CALIBRATE("noise for epsilon 3, 500 rounds, rate 0.02", 100, 5800) {
      @Override
      public Object ask() throws UnsupportedCompositionException {
        return new Planner()
            .noiseMultiplier(
                3, 1e-6, 500, Adjacency.ADD_REMOVE, z -> PrivacyEvent.sampledGaussian(z, 0.02));
      }
    },
    FORECAST("forecast of 1000 rounds at 20 points", 100, 5800) {
      @Override
      public Object ask() throws UnsupportedCompositionException {
        return new Planner()
            .forecast(
                1e-6,
                PrivacyEvent.sampledGaussian(1.14, 0.02),
                Composition.empty(Adjacency.ADD_REMOVE),
                1000,
                20);
      }
    };

    private final String text;
    private final double aim;
    private final double peer;

    Line(String text, double aim, double peer) {
      this.text = text;
      this.aim = aim;
      this.peer = peer;
    }

    private static EpsilonInterval epsilon(Composition composition, double delta)
        throws UnsupportedCompositionException {
      return new PrivacyLossAccountant().epsilon(composition, delta);
    }

    private static Composition rounds(double noise, double rate, long count) {
      return Composition.of(PrivacyEvent.sampledGaussian(noise, rate), count, Adjacency.ADD_REMOVE);
    }

    private static Composition fiftyDistinct() {
      Map<PrivacyEvent, Long> events = new LinkedHashMap<>();
      for (int i = 0; i < 50; i++) {
        events.put(PrivacyEvent.sampledGaussian(1 + 0.01 * i, 0.01 + 0.0005 * i), 1L);
      }
      return new Composition(events, Adjacency.ADD_REMOVE);
    }
  }

  public static void main(String[] arguments) {
    System.out.println(Figure.headings("accountants, one thread, warm, median"));
    measure(figure -> System.out.println(figure.line()));
    System.out.println(
        Figure.of("largest heap while measuring", Stopwatch.peakHeap() >> 20, "MiB")
            .aim(256)
            .line());
  }

  /** Measures and hands over each figure as soon as it is known; about 20 seconds. */
  public static void measure(Consumer<Figure> sink) {
    for (Line line : Line.values()) {
      sink.accept(Figure.of(line.text, median(line), "ms").aim(line.aim).peer(line.peer));
    }
  }

  private static double median(Question question) {
    try {
      long start = now();
      while (now() - start < WARM_UP_NANOS) {
        question.ask();
      }
      double[] times = new double[64];
      int runs = 0;
      long begin = now();
      while (runs < MIN_RUNS || now() - begin < RUN_NANOS) {
        long before = now();
        question.ask();
        if (runs == times.length) {
          times = Arrays.copyOf(times, 2 * runs);
        }
        times[runs++] = (now() - before) / 1e6;
      }
      double[] measured = Arrays.copyOf(times, runs);
      Arrays.sort(measured);
      return measured[runs / 2];
    } catch (UnsupportedCompositionException e) {
      throw new IllegalStateException("an accountant refused a question of the table", e);
    }
  }

  private static long now() {
    return THREADS.isCurrentThreadCpuTimeSupported()
        ? THREADS.getCurrentThreadCpuTime()
        : System.nanoTime();
  }
}
