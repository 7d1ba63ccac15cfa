package com.octomil.privacy.aggregator.app;

import com.octomil.privacy.aggregator.config.AggregatorConfig;
import com.octomil.privacy.kit.error.ErrorCode;
import com.octomil.privacy.kit.error.ServiceException;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.concurrent.atomic.AtomicLong;

/** The byte budget for uploads that are not durable yet. Thread-safe. */
@ApplicationScoped
public class UploadMemory {
  private final long limit;
  private final AtomicLong inUse = new AtomicLong();

  UploadMemory(AggregatorConfig config, MeterRegistry metrics) {
    this.limit = config.uploadBytesInFlight();
    Gauge.builder("octomil.aggregator.upload.in.flight", inUse, AtomicLong::doubleValue)
        .baseUnit("bytes")
        .register(metrics);
  }

  /**
   * Takes {@code bytes} until {@link Lease#close}.
   *
   * @throws ServiceException {@code TOO_MANY_REQUESTS} if they do not fit now
   */
  public Lease take(long bytes) {
    while (true) {
      long used = inUse.get();
      if (used + bytes > limit) {
        throw new ServiceException(
            ErrorCode.TOO_MANY_REQUESTS,
            "Too many uploads are under way; send the upload again a little later.");
      }
      if (inUse.compareAndSet(used, used + bytes)) {
        return new Lease(bytes);
      }
    }
  }

  /** Bytes taken out of the budget. Closing it again has no effect. */
  public final class Lease implements AutoCloseable {
    private final AtomicLong bytes;

    private Lease(long bytes) {
      this.bytes = new AtomicLong(bytes);
    }

    @Override
    public void close() {
      inUse.addAndGet(-bytes.getAndSet(0));
    }
  }
}
