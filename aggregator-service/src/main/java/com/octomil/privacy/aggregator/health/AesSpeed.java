package com.octomil.privacy.aggregator.health;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.DoubleSupplier;
import javax.crypto.Cipher;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.jboss.logging.Logger;

/**
 * Measures how fast AES-CTR runs, which is what removing masks consists of, and warns where it is
 * slow. A native image for a processor without AES instructions runs it forty times as slowly and
 * shows nothing else of it.
 */
@ApplicationScoped
public class AesSpeed {

  private static final Logger LOG = Logger.getLogger(AesSpeed.class);

  /** Without AES instructions about 0.2e9 were measured, with them 3e9 and more. */
  static final double EXPECTED_BYTES_PER_SECOND = 1e9;

  // The JVM replaces the cipher by instructions only after many calls.
  private static final int WARM_UP_CALLS = 30_000;
  private static final int WARM_UP_BYTES = 256;
  private static final int BLOCK = 16 * 1024;
  private static final int BLOCKS = 64;
  private static final int RUNS = 5;

  // Beside a start, the compiler may take a while to get to the cipher.
  private static final int ATTEMPTS = 6;
  private static final Duration PAUSE = Duration.ofSeconds(10);

  private final DoubleSupplier measurement;
  private final Duration pause;
  private volatile double bytesPerSecond = Double.NaN;

  @Inject
  AesSpeed(MeterRegistry metrics) {
    this(metrics, AesSpeed::measure, PAUSE);
  }

  AesSpeed(MeterRegistry metrics, DoubleSupplier measurement, Duration pause) {
    this.measurement = measurement;
    this.pause = pause;
    Gauge.builder("octomil.aggregator.aes", () -> bytesPerSecond)
        .baseUnit("bytes.per.second")
        .strongReference(true)
        .register(metrics);
  }

  /** Beside the start, which it shall not delay. */
  void onStart(@Observes StartupEvent event) {
    Thread.ofPlatform().daemon().name("aes-speed").start(this::check);
  }

  /** Measures, several times if need be; returns whether AES is fast enough. */
  boolean check() {
    double measured = 0;
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      if (attempt > 0) {
        LockSupport.parkNanos(pause.toNanos());
      }
      measured = Math.max(measured, measurement.getAsDouble());
      bytesPerSecond = measured;
      if (measured >= EXPECTED_BYTES_PER_SECOND) {
        return true;
      }
    }
    LOG.warnf(
        "AES-CTR runs at %.2f GB/s, less than %.0f: removing masks of large models will be slow. The processor,"
            + " or the one that this native image was built for (native.march), has no AES instructions;"
            + " or this JVM runs without its optimising compiler (-XX:TieredStopAtLevel), as the trial"
            + " services of the command line do; or the machine is overloaded.",
        measured / 1e9, EXPECTED_BYTES_PER_SECOND / 1e9);
    return false;
  }

  /**
   * The best of a few runs over a megabyte each, after a warm-up; in all some tenths of a second.
   */
  static double measure() {
    try {
      Cipher cipher = Cipher.getInstance("AES/CTR/NoPadding");
      cipher.init(
          Cipher.ENCRYPT_MODE,
          new SecretKeySpec(new byte[16], "AES"),
          new IvParameterSpec(new byte[16]));
      byte[] in = new byte[BLOCK];
      byte[] out = new byte[BLOCK];
      for (int i = 0; i < WARM_UP_CALLS; i++) {
        cipher.update(in, 0, WARM_UP_BYTES, out, 0);
      }
      double best = 0;
      for (int run = 0; run < RUNS; run++) {
        long start = System.nanoTime();
        for (int i = 0; i < BLOCKS; i++) {
          cipher.update(in, 0, BLOCK, out, 0);
        }
        long nanos = Math.max(1, System.nanoTime() - start);
        best = Math.max(best, 1e9 * BLOCK * BLOCKS / nanos);
      }
      return best;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java platform has AES/CTR", e);
    }
  }
}
