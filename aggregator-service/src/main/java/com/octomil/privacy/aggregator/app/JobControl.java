package com.octomil.privacy.aggregator.app;

import com.octomil.privacy.aggregator.domain.JobId;
import java.util.UUID;

/** How a driver learns that it has to stop. Thread-safe. */
final class JobControl {

  /**
   * Thrown inside a driver that has to stop; what it leaves behind is settled by whoever drives the
   * job next.
   */
  static final class Stopped extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Stopped() {
      super("the driver was stopped", null, false, false);
    }
  }

  private final JobId job;
  private final UUID lease;
  private volatile boolean abandoned;
  private volatile boolean inactive;

  JobControl(JobId job, UUID lease) {
    this.job = job;
    this.lease = lease;
  }

  /** Token of the lease under which the job is driven. */
  UUID lease() {
    return lease;
  }

  JobId job() {
    return job;
  }

  /** The lease is lost or the service shuts down: touch nothing any more. */
  void abandon() {
    abandoned = true;
  }

  /** The job is no longer active, for example cancelled: end the round in order. */
  void deactivate() {
    inactive = true;
  }

  boolean inactive() {
    return inactive;
  }

  /** Throws {@link Stopped} once the lease is gone. */
  void check() {
    if (abandoned || Thread.currentThread().isInterrupted()) {
      throw new Stopped();
    }
  }
}
