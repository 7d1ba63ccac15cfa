package com.octomil.privacy.budget.app.audit;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.octomil.privacy.audit.AuditFormatException;
import com.octomil.privacy.audit.CanonicalJson;
import com.octomil.privacy.audit.Checkpoint;
import com.octomil.privacy.audit.ExportVerifier;
import com.octomil.privacy.audit.ExportWriter;
import com.octomil.privacy.audit.HashChain;
import com.octomil.privacy.audit.LogKey;
import com.octomil.privacy.audit.VerificationKey;
import com.octomil.privacy.budget.config.BudgetConfig;
import com.octomil.privacy.budget.domain.audit.AuditEvents;
import com.octomil.privacy.budget.domain.audit.AuditStore;
import com.octomil.privacy.budget.domain.audit.ChainHead;
import com.octomil.privacy.budget.domain.audit.EntryFilter;
import com.octomil.privacy.budget.domain.audit.StoredEntry;
import com.octomil.privacy.kit.audit.AuditDispatcher;
import com.octomil.privacy.kit.error.ErrorCode;
import com.octomil.privacy.kit.error.ServiceException;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.scheduler.Scheduled;
import jakarta.enterprise.context.ApplicationScoped;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PipedReader;
import java.io.PipedWriter;
import java.io.UncheckedIOException;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The audit log: appends, reads, signs and exports. Chains are named by federation; the empty name
 * is the chain of the deployment. Thread-safe; blocking.
 */
@ApplicationScoped
public class AuditTrail {

  private static final Logger LOG = Logger.getLogger(AuditTrail.class);
  private static final int PAGE = 500;
  private static final int PIPE = 64 * 1024;
  // What clocks of services may differ by, generously.
  private static final Duration SKEW = Duration.ofMinutes(5);

  private final AuditStore store;
  private final AuditKeys keys;
  private final AuditDispatcher dispatcher;
  private final Clock clock;
  private final Duration interval;
  private final Counter appended;
  private final Counter broken;
  private volatile Instant lastCheckpoints = Instant.MIN;

  AuditTrail(
      AuditStore store,
      AuditKeys keys,
      AuditDispatcher dispatcher,
      BudgetConfig config,
      Clock clock,
      MeterRegistry metrics) {
    this.store = store;
    this.keys = keys;
    this.dispatcher = dispatcher;
    this.clock = clock;
    this.interval = config.audit().checkpointInterval();
    this.appended = metrics.counter("octomil.audit.events");
    this.broken = metrics.counter("octomil.audit.chain.broken");
  }

  /** Appends what another service reports. */
  public void append(AuditEvents events) {
    store.append(events, keys, now()).forEach(federation -> LOG.error(tampered(federation)));
    appended.increment(events.events().size());
  }

  /** A page of entries that the filter accepts, by sequence. */
  public List<StoredEntry> find(String federation, EntryFilter filter, long after, int limit) {
    flushOwn();
    return store.find(federation, filter, after, limit);
  }

  /** Checkpoints of a chain by sequence. */
  public List<Checkpoint> checkpoints(String federation) {
    return store.checkpoints(federation);
  }

  /** The checkpoint that covers most of a chain. */
  public Optional<Checkpoint> lastCheckpoint(String federation) {
    return store.lastCheckpoint(federation);
  }

  @Scheduled(
      every = "10s",
      delayed = "10s",
      concurrentExecution = Scheduled.ConcurrentExecution.SKIP)
  void checkpointWhenDue() {
    Instant now = clock.instant();
    if (now.isBefore(lastCheckpoints.plus(interval))) {
      return;
    }
    lastCheckpoints = now;
    for (String federation : store.withoutCheckpoint()) {
      try {
        Checkpoint made = sign(federation);
        LOG.infof("audit checkpoint %s", made.statement());
      } catch (ServiceException e) {
        LOG.errorf("no checkpoint of the audit log: %s", e.detail());
      }
    }
  }

  /**
   * Signs the chain as it is now, with everything this service has to report in it.
   *
   * @throws ServiceException {@code CONFLICT} if the entries since the last checkpoint do not agree
   *     with it: then nothing is signed
   */
  public Checkpoint checkpoint(String federation) {
    flushOwn();
    return sign(federation);
  }

  private Checkpoint sign(String federation) {
    // In this order: others append and sign meanwhile, and the end is never before a checkpoint.
    Optional<Checkpoint> last = store.lastCheckpoint(federation);
    ChainHead head = store.head(federation);
    if (last.isPresent()
        && last.get().sequence() == head.sequence()
        && last.get().keyId().equals(keys.currentId())) {
      requireIntact(federation, head, last);
      return last.get();
    }
    requireIntact(federation, head, last);
    Checkpoint made =
        Checkpoint.sign(federation, head.sequence(), head.hash(), now(), keys.current());
    store.add(made);
    return made;
  }

  /**
   * Follows the chain from the last checkpoint to its end, so that no break is ever signed over.
   */
  private void requireIntact(String federation, ChainHead head, Optional<Checkpoint> last) {
    long sequence = last.map(Checkpoint::sequence).orElse(0L);
    byte[] hash = last.map(Checkpoint::hash).orElseGet(() -> HashChain.start(federation));
    if (sequence > 0 && !Arrays.equals(hashOf(federation, sequence), hash)) {
      throw broken(federation, "entry " + sequence + " is not the one of the last checkpoint");
    }
    while (sequence < head.sequence()) {
      List<StoredEntry> page = store.entries(federation, sequence, head.sequence(), PAGE);
      if (page.isEmpty()) {
        throw broken(federation, "entry " + (sequence + 1) + " is missing");
      }
      for (StoredEntry entry : page) {
        hash = HashChain.next(hash, HashChain.digest(entry.canonical()));
        if (entry.sequence() != ++sequence || !Arrays.equals(hash, entry.hash())) {
          throw broken(federation, "entry " + sequence + " has been altered, removed or added");
        }
      }
    }
    if (sequence > head.sequence() || !Arrays.equals(hash, head.hash())) {
      throw broken(federation, "the end of the chain has been altered");
    }
    if (head.sequence() > 0 && !head.isSigned(keys::verifies)) {
      throw broken(federation, "the end of the chain is not the one that this service signed");
    }
  }

  private byte[] hashOf(String federation, long sequence) {
    return store.entry(federation, sequence).map(StoredEntry::hash).orElseGet(() -> new byte[0]);
  }

  /** Counts a chain that somebody else has changed, and says so. */
  private String tampered(String federation) {
    return broken(federation, "its end is not the one that this service signed").detail();
  }

  private ServiceException broken(String federation, String what) {
    broken.increment();
    return new ServiceException(
        ErrorCode.CONFLICT,
        "The audit log of "
            + (federation.isEmpty() ? "the deployment" : "'" + federation + "'")
            + " has been tampered with: "
            + what
            + ". Nothing is signed over a break; export and verify the log.");
  }

  /**
   * Makes sure that an export can begin after an entry.
   *
   * @param after 0: with the first one
   * @throws ServiceException {@code NOT_FOUND} if there is no such entry
   */
  public void requireEntry(String federation, long after) {
    if (after > 0 && store.entry(federation, after).isEmpty()) {
      throw new ServiceException(
          ErrorCode.NOT_FOUND, "The audit log has no entry " + after + " to begin after.");
    }
  }

  /**
   * Writes an export in JSON Lines, ending with a checkpoint made now. Entries that the filter does
   * not accept are there as digests, so that the export can be verified all the same.
   *
   * <p>A broken chain is exported as it is, without the last checkpoint: the verifier shall see it.
   *
   * @param after sequence number after which it begins, for whoever has the rest already
   */
  public void export(String federation, EntryFilter filter, long after, Consumer<String> line) {
    Optional<ServiceException> defect = Optional.empty();
    flushOwn();
    try {
      Checkpoint unused = sign(federation);
    } catch (ServiceException e) {
      if (e.code() != ErrorCode.CONFLICT) {
        throw e;
      }
      LOG.error(e.detail());
      defect = Optional.of(e);
    }
    ChainHead head = store.head(federation);
    List<Checkpoint> checkpoints = store.checkpoints(federation);
    if (defect.isEmpty() && !checkpoints.isEmpty()) {
      // Entries that came after the checkpoint are not vouched for yet.
      Checkpoint last = checkpoints.getLast();
      head = new ChainHead(last.sequence(), last.hash(), Optional.of(last));
    }
    long first = Math.max(after, startFor(filter, checkpoints));
    byte[] previous =
        first == 0
            ? HashChain.start(federation)
            : store
                .entry(federation, first)
                .map(StoredEntry::hash)
                .orElseThrow(() ->
                    new ServiceException(
                        ErrorCode.NOT_FOUND, "The audit log has no entry " + after + "."));
    line.accept(ExportWriter.header(federation, first + 1, previous, now(), filter.describe()));
    ExportWriter.keys(keys.all()).forEach(line);
    long sequence = first;
    int next = 0;
    while (next < checkpoints.size() && checkpoints.get(next).sequence() < first) {
      next++;
    }
    next = emit(checkpoints, next, sequence, line);
    while (sequence < head.sequence()) {
      List<StoredEntry> page = store.entries(federation, sequence, head.sequence(), PAGE);
      if (page.isEmpty()) {
        break;
      }
      for (StoredEntry entry : page) {
        line.accept(
            isAccepted(filter, entry)
                ? ExportWriter.entry(entry.canonical(), entry.hash())
                : ExportWriter.leftOut(entry.sequence(), HashChain.digest(entry.canonical())));
        sequence = entry.sequence();
        next = emit(checkpoints, next, sequence, line);
      }
    }
    emit(checkpoints, next, Long.MAX_VALUE, line);
  }

  /** By what is hashed, not by the columns beside it. */
  private static boolean isAccepted(EntryFilter filter, StoredEntry entry) {
    try {
      ObjectNode node = CanonicalJson.parseObject(entry.canonical());
      return filter.accepts(node.path("type").asText(), Instant.parse(node.path("at").asText()));
    } catch (AuditFormatException | DateTimeException e) {
      // Altered beyond recognition: to be shown, not hidden.
      return true;
    }
  }

  private static int emit(
      List<Checkpoint> checkpoints, int from, long upTo, Consumer<String> line) {
    int next = from;
    while (next < checkpoints.size() && checkpoints.get(next).sequence() <= upTo) {
      line.accept(checkpoints.get(next++).toJson());
    }
    return next;
  }

  /** The end of the last checkpoint that was surely made before anything the filter accepts. */
  private static long startFor(EntryFilter filter, List<Checkpoint> checkpoints) {
    return filter
        .from()
        .flatMap(from ->
            checkpoints.stream()
                .filter(checkpoint -> checkpoint.at().isBefore(from.minus(SKEW)))
                .reduce((earlier, later) -> later))
        .map(Checkpoint::sequence)
        .orElse(0L);
  }

  /** Verifies a whole chain as whoever has an export would, with all keys that the log names. */
  public ExportVerifier.Result verify(String federation) {
    List<VerificationKey> known = keys.all().stream().map(LogKey::key).toList();
    // The writer waits for the reader, so memory stays bounded.
    try (PipedWriter writer = new PipedWriter();
        BufferedReader reader = new BufferedReader(new PipedReader(writer, PIPE))) {
      AtomicReference<@Nullable RuntimeException> failure = new AtomicReference<>();
      Thread producer =
          Thread.ofVirtual().name("audit-verify").start(() -> write(federation, writer, failure));
      ExportVerifier.Result result = ExportVerifier.verify(reader, known, List.of());
      reader.close();
      producer.join();
      RuntimeException failed = failure.get();
      if (failed != null && result.defect().isPresent()) {
        throw failed;
      }
      return result;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ServiceException(ErrorCode.UNAVAILABLE, "The service is shutting down.", e);
    }
  }

  private void write(
      String federation, PipedWriter writer, AtomicReference<@Nullable RuntimeException> failure) {
    try (writer) {
      export(
          federation,
          EntryFilter.ALL,
          0,
          line -> {
            try {
              writer.write(line);
              writer.write('\n');
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
          });
    } catch (UncheckedIOException | IOException e) {
      // The verifier has seen enough.
      LOG.debugf("verification ended early: %s", e.getMessage());
    } catch (RuntimeException e) {
      failure.set(e);
    }
  }

  private void flushOwn() {
    dispatcher.flush();
  }

  private Instant now() {
    return clock.instant().truncatedTo(ChronoUnit.MICROS);
  }

  /** The public key as it was when this was called, in PEM. */
  public Optional<String> publicKeyPem(String id) {
    return keys.all().stream()
        .map(LogKey::key)
        .filter(key -> key.id().equals(id))
        .map(VerificationKey::pem)
        .findFirst();
  }
}
