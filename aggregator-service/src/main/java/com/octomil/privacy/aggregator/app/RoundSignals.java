package com.octomil.privacy.aggregator.app;

import com.octomil.privacy.aggregator.domain.RoundId;
import com.octomil.privacy.kit.db.Notifications;
import com.octomil.privacy.kit.error.ErrorCode;
import com.octomil.privacy.kit.error.ServiceException;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Wakes those who wait for a round, on this replica and on the others. Whoever waits also looks
 * again from time to time, since a notification of another replica may be lost. Rounds share a
 * fixed number of slots, so wake-ups may be spurious. Thread-safe.
 */
@ApplicationScoped
public class RoundSignals {

  /** What changed. */
  public enum Topic {
    /** The state of the round: devices wait for it. */
    PHASE,
    /** An upload, a signature or a reveal: drivers and devices in the sign phase wait for it. */
    PROGRESS
  }

  private static final int SLOTS = 128;
  private static final String CHANNEL = "octomil_aggregator_rounds";

  private final Slot[] slots = new Slot[SLOTS * Topic.values().length];

  private final Notifications notifications;

  RoundSignals(Notifications notifications) {
    this.notifications = notifications;
    for (int i = 0; i < slots.length; i++) {
      slots[i] = new Slot();
    }
  }

  void onStart(@Observes StartupEvent started) {
    notifications.listen(CHANNEL, this::changedElsewhere);
  }

  private void changedElsewhere(String payload) {
    int slot;
    try {
      slot = Integer.parseInt(payload);
    } catch (NumberFormatException e) {
      // Of a version that says more.
      return;
    }
    if (slot >= 0 && slot < slots.length) {
      slots[slot].advance();
    }
  }

  /** A number that changes with every change. Read it before looking at the round. */
  public long version(RoundId round, Topic topic) {
    return slots[slot(round, topic)].version();
  }

  /** Announces a change that is durable. */
  public void changed(RoundId round, Topic topic) {
    int slot = slot(round, topic);
    slots[slot].advance();
    notifications.send(CHANNEL, Integer.toString(slot));
  }

  /** Waits until the version is no longer {@code seen}, at most {@code wait}. */
  public void await(RoundId round, Topic topic, long seen, Duration wait) {
    slots[slot(round, topic)].await(seen, wait);
  }

  // The same on every replica: a round's hash is that of its number.
  private static int slot(RoundId round, Topic topic) {
    return topic.ordinal() * SLOTS + Math.floorMod(round.value().hashCode(), SLOTS);
  }

  private static final class Slot {
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition advanced = lock.newCondition();
    private long version;

    long version() {
      lock.lock();
      try {
        return version;
      } finally {
        lock.unlock();
      }
    }

    void advance() {
      lock.lock();
      try {
        version++;
        advanced.signalAll();
      } finally {
        lock.unlock();
      }
    }

    void await(long seen, Duration wait) {
      lock.lock();
      try {
        long nanos = wait.toNanos();
        while (version == seen && nanos > 0) {
          nanos = advanced.awaitNanos(nanos);
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new ServiceException(ErrorCode.UNAVAILABLE, "The service is shutting down.", e);
      } finally {
        lock.unlock();
      }
    }
  }

  /** Pauses for a moment, so that a burst of changes is looked at once. */
  static void coalesce() {
    try {
      TimeUnit.MILLISECONDS.sleep(10);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ServiceException(ErrorCode.UNAVAILABLE, "The service is shutting down.", e);
    }
  }
}
