package com.octomil.privacy.aggregator.app;

import com.octomil.privacy.aggregator.domain.ParticipantId;
import com.octomil.privacy.aggregator.domain.RoundAttempt;
import com.octomil.privacy.aggregator.domain.RoundId;
import com.octomil.privacy.kit.audit.AuditEvent;
import com.octomil.privacy.kit.audit.AuditOutbox;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Reports to the audit log which devices of a round, under their names in it, get its model: before
 * they get it, and many of them in one durable row. Thread-safe; blocking.
 */
@ApplicationScoped
class ModelAccesses {

  /** How long a report waits for more devices. */
  private static final Duration GATHER = Duration.ofMillis(20);

  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private static final class Batch {
    private final CompletableFuture<Boolean> durable = new CompletableFuture<>();
    private final TreeSet<String> participants = new TreeSet<>();
  }

  private final AuditOutbox outbox;
  private final ReentrantLock lock = new ReentrantLock();
  private final Map<RoundId, Batch> open = new HashMap<>();

  ModelAccesses(AuditOutbox outbox) {
    this.outbox = outbox;
  }

  /**
   * Reports an access and waits until that is durable.
   *
   * @throws com.octomil.privacy.kit.error.ServiceException {@code UNAVAILABLE} if it cannot be
   */
  void record(RoundAttempt round, ParticipantId participant) {
    Batch batch;
    lock.lock();
    try {
      batch = open.get(round.id());
      if (batch == null) {
        Batch fresh = new Batch();
        open.put(round.id(), fresh);
        Thread.ofVirtual().name("model-accesses").start(() -> write(round, fresh));
        batch = fresh;
      }
      batch.participants.add(participant.hex());
    } finally {
      lock.unlock();
    }
    try {
      boolean unused = batch.durable.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw e;
    }
  }

  private void write(RoundAttempt round, Batch batch) {
    try {
      Thread.sleep(GATHER);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    String participants;
    lock.lock();
    try {
      open.remove(round.id());
      participants = String.join(" ", batch.participants);
    } finally {
      lock.unlock();
    }
    try {
      outbox
          .record(
              new AuditEvent(
                  Optional.of(round.federation().value()),
                  "model.downloaded",
                  "device",
                  Map.of(
                      "round_id", round.id().hex(),
                      "model", round.model().value(),
                      "version", Integer.toString(round.modelVersion()),
                      "participants", participants)))
          .await()
          .atMost(PATIENCE);
      batch.durable.complete(true);
    } catch (RuntimeException e) {
      batch.durable.completeExceptionally(e);
    }
  }
}
