package com.octomil.privacy.cli.stack;

import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Waiting for processes to end. */
final class Processes {

  private Processes() {}

  /**
   * Waits for a process that has been asked to end, and kills it if it does not. The interrupt
   * status is kept but does not shorten the wait: nobody may leave a process behind.
   *
   * @param process the process
   * @param patience how long it may take by itself
   */
  static void awaitOrKill(ProcessHandle process, Duration patience) {
    if (!await(process, patience)) {
      process.destroyForcibly();
      await(process, Duration.ofSeconds(10));
    }
  }

  private static boolean await(ProcessHandle process, Duration patience) {
    long deadline = System.nanoTime() + patience.toNanos();
    boolean interrupted = false;
    try {
      while (true) {
        try {
          process.onExit().get(Math.max(0, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
          return true;
        } catch (InterruptedException e) {
          interrupted = true;
        } catch (TimeoutException e) {
          return !process.isAlive();
        } catch (ExecutionException e) {
          throw new IllegalStateException("waiting for process " + process.pid() + " failed", e);
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
