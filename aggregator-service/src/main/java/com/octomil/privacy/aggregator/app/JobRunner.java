package com.octomil.privacy.aggregator.app;

import com.octomil.privacy.aggregator.config.AggregatorConfig;
import com.octomil.privacy.aggregator.domain.JobId;
import com.octomil.privacy.aggregator.domain.JobStore;
import com.octomil.privacy.aggregator.domain.TrainingJob;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.scheduler.Scheduled;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import org.jboss.logging.Logger;

/**
 * Takes jobs that nobody drives under a lease and drives each on a thread of its own. A replica
 * that dies loses its leases, and another, or its own successor, takes the jobs over. Thread-safe.
 */
@ApplicationScoped
public class JobRunner {
  private static final Logger LOG = Logger.getLogger(JobRunner.class);

  /** How long drivers may take to give their leases up at the end. */
  private static final Duration STOPPING = Duration.ofSeconds(2);

  private record Driving(JobControl control, Thread thread) {
    void abandon() {
      control.abandon();
      thread.interrupt();
    }
  }

  private final UUID token = UUID.randomUUID();
  private final JobStore jobs;
  private final JobDriver driver;
  private final AggregatorConfig config;
  private final Clock clock;
  private final ReentrantLock lock = new ReentrantLock();
  private final Map<JobId, Driving> driving = new ConcurrentHashMap<>();
  private Instant leasedUntil = Instant.MIN;
  private boolean stopping;

  JobRunner(
      JobStore jobs,
      JobDriver driver,
      AggregatorConfig config,
      Clock clock,
      MeterRegistry metrics) {
    this.jobs = jobs;
    this.driver = driver;
    this.config = config;
    this.clock = clock;
    metrics.gaugeMapSize("octomil.aggregator.jobs.driven", List.of(), driving);
  }

  /** Looks for work soon, for example after a job was created. */
  public void wake() {
    Thread.ofVirtual().name("job-claim").start(this::tick);
  }

  /** Tells the driver of a job, if it is here, that the job is no longer active. */
  public void deactivate(JobId job) {
    Driving here = driving.get(job);
    if (here != null) {
      here.control().deactivate();
    }
  }

  @Scheduled(every = "1s", concurrentExecution = Scheduled.ConcurrentExecution.SKIP)
  void tick() {
    lock.lock();
    try {
      if (stopping) {
        return;
      }
      renew();
      claim();
    } catch (RuntimeException e) {
      // The next tick tries again.
      LOG.warnf("jobs could not be claimed or renewed now: %s", e.getMessage());
      if (!clock.instant().isBefore(leasedUntil)) {
        driving.values().forEach(Driving::abandon);
      }
    } finally {
      lock.unlock();
    }
  }

  private void renew() {
    if (driving.isEmpty()) {
      return;
    }
    Instant until = clock.instant().plus(config.lease());
    Map<JobId, Boolean> held = jobs.renew(token, Set.copyOf(driving.keySet()), until);
    leasedUntil = until;
    driving.forEach((id, here) -> {
      Boolean active = held.get(id);
      if (active == null) {
        here.abandon();
      } else if (!active) {
        here.control().deactivate();
      }
    });
  }

  private void claim() {
    int room = config.maxJobs() - driving.size();
    if (room <= 0) {
      return;
    }
    Instant now = clock.instant();
    Instant until = now.plus(config.lease());
    for (TrainingJob job : jobs.claim(token, now, until, room)) {
      if (driving.isEmpty()) {
        leasedUntil = until;
      }
      JobControl control = new JobControl(job.id(), token);
      Thread thread = Thread.ofVirtual().name("job-driver").unstarted(() -> drive(job, control));
      driving.put(job.id(), new Driving(control, thread));
      thread.start();
    }
  }

  private void drive(TrainingJob job, JobControl control) {
    try {
      driver.run(job, control);
    } catch (JobControl.Stopped e) {
      LOG.debug("a driver was stopped");
    } catch (RuntimeException e) {
      LOG.error("a job driver failed; the job will be taken up again", e);
    } finally {
      // Giving the lease up still has to wait for the database.
      Thread.interrupted();
      try {
        // Unless the lease was lost and the job is driven by another thread of ours by now.
        if (driving.remove(job.id(), new Driving(control, Thread.currentThread()))) {
          jobs.giveUp(token, Set.of(job.id()));
        }
      } catch (RuntimeException e) {
        LOG.warnf("a lease could not be given up and will expire: %s", e.getMessage());
      }
    }
  }

  void stop(@Observes ShutdownEvent event) {
    lock.lock();
    try {
      stopping = true;
    } finally {
      lock.unlock();
    }
    List<Driving> all = List.copyOf(driving.values());
    all.forEach(Driving::abandon);
    Instant until = clock.instant().plus(STOPPING);
    try {
      for (Driving here : all) {
        here.thread().join(Duration.between(clock.instant(), until));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
