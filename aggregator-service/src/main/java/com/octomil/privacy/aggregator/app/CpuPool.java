package com.octomil.privacy.aggregator.app;

import com.octomil.privacy.aggregator.config.AggregatorConfig;
import com.octomil.privacy.kit.error.ErrorCode;
import com.octomil.privacy.kit.error.ServiceException;
import jakarta.annotation.PreDestroy;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * A bounded pool of platform threads for arithmetic on whole models, which must occupy neither
 * event loops nor the carriers of virtual threads. Callers wait, and they are bounded by the bytes
 * in flight and the number of jobs. Thread-safe.
 */
@ApplicationScoped
public class CpuPool {
  private final ExecutorService executor;

  CpuPool(AggregatorConfig config) {
    int threads =
        config.cpuThreads() > 0 ? config.cpuThreads() : Runtime.getRuntime().availableProcessors();
    this.executor =
        Executors.newFixedThreadPool(
            threads, Thread.ofPlatform().name("cpu-", 0).daemon().factory());
  }

  /** Runs {@code work} on the pool and waits for it. Unchecked exceptions pass through. */
  public <T> T call(Callable<T> work) {
    Future<T> future = executor.submit(work);
    try {
      return future.get();
    } catch (InterruptedException e) {
      future.cancel(true);
      Thread.currentThread().interrupt();
      throw new ServiceException(ErrorCode.UNAVAILABLE, "The service is shutting down.", e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException unchecked) {
        throw unchecked;
      }
      if (e.getCause() instanceof Error error) {
        throw error;
      }
      throw new IllegalStateException(e.getCause());
    }
  }

  @PreDestroy
  void stop() {
    executor.shutdownNow();
  }
}
