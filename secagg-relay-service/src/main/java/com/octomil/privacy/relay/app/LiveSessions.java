package com.octomil.privacy.relay.app;

import com.octomil.privacy.relay.domain.RelayStore;
import com.octomil.privacy.relay.domain.RoundId;
import com.octomil.privacy.relay.domain.Session;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;

/**
 * The sessions as this replica last saw them, and the place where long polls wait. Other replicas
 * tell of changes, but a state may be as old as the watch interval; whoever changes something reads
 * it again under a lock. However many devices wait, they cost the database nothing. Thread-safe.
 */
@Singleton
public class LiveSessions {

  // Long enough for all who wait to read the end, which comes from the database afterwards.
  private static final Duration KEEP_ENDED = Duration.ofSeconds(30);

  private final RelayStore store;
  private final Clock clock;
  private final ConcurrentMap<RoundId, Entry> entries = new ConcurrentHashMap<>();

  LiveSessions(RelayStore store, Clock clock) {
    this.store = store;
    this.clock = clock;
  }

  private static final class Entry {
    final ReentrantLock lock = new ReentrantLock();
    final Condition changed = lock.newCondition();
    volatile Session session;
    volatile Instant seenAt;

    Entry(Session session, Instant now) {
      this.session = session;
      this.seenAt = now;
    }
  }

  /** The session of a round. */
  public Optional<Session> find(RoundId round) {
    Entry entry = entries.get(round);
    return entry != null ? Optional.of(entry.session) : refresh(round);
  }

  /** Reads a session from the database and tells those who wait for it. */
  Optional<Session> refresh(RoundId round) {
    Optional<Session> read =
        store.inTransaction("find-session", records -> records.sessions().find(round));
    read.ifPresent(this::publish);
    return read;
  }

  /** Makes a newer state known. */
  void publish(Session session) {
    Instant now = clock.instant();
    Entry entry = entries.computeIfAbsent(session.roundId(), _ -> new Entry(session, now));
    entry.lock.lock();
    try {
      if (session.revision() > entry.session.revision()) {
        entry.session = session;
        entry.seenAt = now;
        entry.changed.signalAll();
      }
    } finally {
      entry.lock.unlock();
    }
  }

  /**
   * Waits until a session is as wanted, but no longer than {@code most}; returns its last state.
   * Blocks; for virtual threads.
   */
  Session await(Session session, Predicate<Session> wanted, Duration most) {
    publish(session);
    Entry entry = entries.get(session.roundId());
    if (entry == null) {
      return session;
    }
    long left = most.toNanos();
    entry.lock.lock();
    try {
      while (!wanted.test(entry.session) && !entry.session.phase().isOver() && left > 0) {
        left = entry.changed.awaitNanos(left);
      }
      return entry.session;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return entry.session;
    } finally {
      entry.lock.unlock();
    }
  }

  /** All sessions that are known here. */
  List<Session> known() {
    return entries.values().stream().map(entry -> entry.session).toList();
  }

  /** Forgets sessions that ended a while ago. */
  void evict() {
    Instant limit = clock.instant().minus(KEEP_ENDED);
    entries
        .values()
        .removeIf(entry -> entry.session.phase().isOver() && entry.seenAt.isBefore(limit));
  }
}
