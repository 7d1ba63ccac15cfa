package com.octomil.privacy.aggregator.app;

import com.octomil.privacy.aggregator.config.AggregatorConfig;
import com.octomil.privacy.aggregator.domain.FederationName;
import com.octomil.privacy.aggregator.domain.JobId;
import com.octomil.privacy.aggregator.domain.JobProgress;
import com.octomil.privacy.aggregator.domain.ProgressStore;
import com.octomil.privacy.kit.error.ErrorCode;
import com.octomil.privacy.kit.error.ServiceException;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.Startup;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Tells readers what changes in jobs, whichever replica drives them: the database is asked twice a
 * second, once for all readers of a job. Thread-safe.
 */
@ApplicationScoped
@Startup // Its metric is there before the first reader.
public class ProgressFeed {

  /** How late a change may be told. */
  private static final Duration POLL = Duration.ofMillis(500);

  private static final Duration HEARTBEAT = Duration.ofSeconds(15);
  private static final Logger LOG = Logger.getLogger(ProgressFeed.class);

  private final ProgressStore store;
  private final int most;
  private final AtomicInteger open = new AtomicInteger();
  private final ConcurrentHashMap<JobId, Feed> feeds = new ConcurrentHashMap<>();
  private volatile boolean stopping;

  ProgressFeed(ProgressStore store, AggregatorConfig config, MeterRegistry metrics) {
    this.store = store;
    this.most = config.progressStreams();
    metrics.gauge("octomil.aggregator.progress.streams", open);
  }

  /** Told changes, one call at a time. None of the methods may block or throw. */
  public interface Listener {
    void changed(JobProgress.Change change);

    /** Nothing was told for a while. */
    void quiet();

    /** The job has ended, or the service shuts down; nothing follows. */
    void ended();
  }

  /**
   * Takes one of the places for readers.
   *
   * @param seen what the reader has seen
   * @throws ServiceException {@code NOT_FOUND} for an unknown job, {@code TOO_MANY_REQUESTS} if all
   *     places are taken
   */
  public Reader open(FederationName federation, JobId job, JobProgress.Position seen) {
    if (store.progress(federation, job, Integer.MAX_VALUE).isEmpty()) {
      throw TrainingJobs.unknownJob(job);
    }
    if (open.incrementAndGet() > most) {
      open.decrementAndGet();
      throw new ServiceException(
          ErrorCode.TOO_MANY_REQUESTS,
          "This replica has "
              + most
              + " open streams (octomil.aggregator.progress-streams); try again or ask for the job"
              + " from time to time.");
    }
    return new Reader(federation, job, seen);
  }

  /** A place for a reader; close it in any case. */
  public final class Reader implements AutoCloseable {
    private final FederationName federation;
    private final JobId job;
    private JobProgress.Position position;
    // A reader that has seen everything hears at once that it is connected.
    private long toldAt = System.nanoTime() - HEARTBEAT.toNanos();
    private @Nullable Listener listener;
    private boolean closed;

    private Reader(FederationName federation, JobId job, JobProgress.Position seen) {
      this.federation = federation;
      this.job = job;
      this.position = seen;
    }

    /** Begins to tell; call it once. */
    public void start(Listener to) {
      listener = to;
      Feed feed = feeds.computeIfAbsent(job, id -> new Feed(federation, id));
      while (!feed.join(this)) {
        // The one before is just ending.
        Thread.onSpinWait();
        feed = feeds.computeIfAbsent(job, id -> new Feed(federation, id));
      }
      synchronized (this) {
        if (closed) {
          feed.leave(this);
        }
      }
    }

    private JobProgress.Position position() {
      return position;
    }

    private void tell(Optional<JobProgress> progress) {
      Listener to = listener;
      if (to == null) {
        return;
      }
      List<JobProgress.Change> changes = progress.map(now -> now.since(position)).orElse(List.of());
      for (JobProgress.Change change : changes) {
        to.changed(change);
        position = change.position();
      }
      long now = System.nanoTime();
      if (!changes.isEmpty()) {
        toldAt = now;
      } else if (now - toldAt >= HEARTBEAT.toNanos()) {
        to.quiet();
        toldAt = now;
      }
    }

    private void end() {
      Listener to = listener;
      if (to != null) {
        to.ended();
      }
    }

    @Override
    public synchronized void close() {
      if (!closed) {
        closed = true;
        open.decrementAndGet();
        Feed feed = feeds.get(job);
        if (feed != null) {
          feed.leave(this);
        }
      }
    }
  }

  /** The readers of one job, and the thread that asks for them. */
  private final class Feed {
    private final FederationName federation;
    private final JobId job;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition joined = lock.newCondition();
    private final Set<Reader> readers = ConcurrentHashMap.newKeySet();
    private boolean running;
    private boolean over;

    Feed(FederationName federation, JobId job) {
      this.federation = federation;
      this.job = job;
    }

    /** False if the feed is over and another one is needed. */
    boolean join(Reader reader) {
      lock.lock();
      try {
        if (over) {
          return false;
        }
        readers.add(reader);
        joined.signal();
        if (!running) {
          running = true;
          Thread.ofVirtual().name("job-progress").start(this::run);
        }
        return true;
      } finally {
        lock.unlock();
      }
    }

    void leave(Reader reader) {
      readers.remove(reader);
    }

    private void run() {
      try {
        boolean more = true;
        while (more) {
          more = tell() && pause();
        }
      } finally {
        lock.lock();
        try {
          over = true;
          feeds.remove(job, this);
        } finally {
          lock.unlock();
        }
        readers.forEach(Reader::end);
      }
    }

    /** False once nothing can change any more. */
    private boolean tell() {
      int from =
          readers.stream()
              .mapToInt(reader -> reader.position().number())
              .min()
              .orElse(Integer.MAX_VALUE);
      Optional<JobProgress> progress;
      try {
        progress = store.progress(federation, job, from);
        if (progress.isEmpty()) {
          return false;
        }
      } catch (RuntimeException e) {
        // The next turn asks again; readers are kept.
        LOG.debugf("progress could not be read: %s", e.getMessage());
        progress = Optional.empty();
      }
      for (Reader reader : readers) {
        reader.tell(progress);
      }
      return progress.filter(now -> now.state().terminal()).isEmpty();
    }

    /** Waits for the next turn, or for a new reader; false if there are no readers. */
    private boolean pause() {
      lock.lock();
      try {
        if (stopping || readers.isEmpty()) {
          over = true;
          return false;
        }
        var unused = joined.awaitNanos(POLL.toNanos());
        return true;
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return false;
      } finally {
        lock.unlock();
      }
    }
  }

  void stop(@Observes ShutdownEvent event) {
    stopping = true;
    feeds.values().forEach(feed -> feed.readers.forEach(Reader::end));
  }
}
