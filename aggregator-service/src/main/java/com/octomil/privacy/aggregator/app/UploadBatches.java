package com.octomil.privacy.aggregator.app;

import com.octomil.privacy.aggregator.domain.Contribution;
import com.octomil.privacy.aggregator.domain.Octets;
import com.octomil.privacy.aggregator.domain.OpenRound;
import com.octomil.privacy.aggregator.domain.RingSum;
import com.octomil.privacy.aggregator.domain.RoundId;
import com.octomil.privacy.aggregator.domain.SealKey;
import com.octomil.privacy.aggregator.domain.Sealing;
import com.octomil.privacy.aggregator.domain.UploadStore;
import com.octomil.privacy.kit.error.ErrorCode;
import com.octomil.privacy.kit.error.ServiceException;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import jakarta.enterprise.context.ApplicationScoped;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Group commit of uploads. While one batch of a round, or of one group of its devices, is being
 * made durable the next one fills; each batch becomes one sum and one row, and its contributors are
 * answered after that commit. Thread-safe.
 */
@ApplicationScoped
public class UploadBatches {

  /** What became of an upload. */
  public enum Result {
    ACCEPTED,
    /** The same upload was in the sum before. */
    DUPLICATE,
    /** Uploading is over. */
    LATE
  }

  private final UploadStore uploads;
  private final RoundSignals signals;
  private final CpuPool cpu;
  private final SecureRandom random;
  private final Clock clock;
  private final DistributionSummary batchSize;
  private final Timer commitTime;
  private final ConcurrentHashMap<Key, Queue> queues = new ConcurrentHashMap<>();

  /** What is summed together. */
  private record Key(RoundId round, int group) {}

  UploadBatches(
      UploadStore uploads,
      RoundSignals signals,
      CpuPool cpu,
      SecureRandom random,
      Clock clock,
      MeterRegistry metrics) {
    this.uploads = uploads;
    this.signals = signals;
    this.cpu = cpu;
    this.random = random;
    this.clock = clock;
    this.batchSize = metrics.summary("octomil.aggregator.upload.batch.size");
    this.commitTime = metrics.timer("octomil.aggregator.upload.commit");
  }

  /**
   * Adds an upload to the sum and waits until that is durable.
   *
   * @param group group of the device; 0 without groups
   * @throws ServiceException {@code CONFLICT} if the device has sent another upload
   */
  public Result add(OpenRound round, int group, Contribution contribution) {
    CompletableFuture<Result> result = enqueue(round, group, contribution);
    try {
      return result.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof RuntimeException unchecked) {
        throw unchecked;
      }
      throw e;
    }
  }

  static ServiceException different() {
    return new ServiceException(
        ErrorCode.CONFLICT, "This device has sent another upload for this round.");
  }

  private CompletableFuture<Result> enqueue(OpenRound round, int group, Contribution contribution) {
    Key key = new Key(round.id(), group);
    while (true) {
      Queue queue = queues.computeIfAbsent(key, unknown -> new Queue(round, key));
      queue.lock.lock();
      try {
        if (queue.retired) {
          continue;
        }
        return queue.add(contribution);
      } finally {
        queue.lock.unlock();
      }
    }
  }

  private record Waiting(Contribution contribution, CompletableFuture<Result> result) {}

  /** The open batch of one sum and the one that is being committed. */
  private final class Queue {
    final ReentrantLock lock = new ReentrantLock();
    private final OpenRound round;
    private final Key key;
    private Map<Integer, Waiting> open = new LinkedHashMap<>();
    private Map<Integer, Waiting> committing = Map.of();
    private boolean running;
    private boolean retired;

    Queue(OpenRound round, Key key) {
      this.round = round;
      this.key = key;
    }

    CompletableFuture<Result> add(Contribution contribution) {
      Waiting same = open.getOrDefault(contribution.index(), committing.get(contribution.index()));
      if (same != null) {
        if (!same.contribution().payloadSha256().equals(contribution.payloadSha256())) {
          throw different();
        }
        return same.result()
            .thenApply(result -> result == Result.ACCEPTED ? Result.DUPLICATE : result);
      }
      CompletableFuture<Result> result = new CompletableFuture<>();
      open.put(contribution.index(), new Waiting(contribution, result));
      if (!running) {
        running = true;
        Thread.ofVirtual().name("group-commit").start(this::drain);
      }
      return result;
    }

    private void drain() {
      while (true) {
        Map<Integer, Waiting> batch;
        lock.lock();
        try {
          if (open.isEmpty()) {
            committing = Map.of();
            running = false;
            retired = true;
            queues.remove(key, this);
            return;
          }
          batch = open;
          committing = batch;
          open = new LinkedHashMap<>();
        } finally {
          lock.unlock();
        }
        try {
          commitTime.record(() -> commit(batch));
        } catch (Throwable failure) {
          // Nobody is left without an answer, whatever happened.
          batch.values().forEach(waiting -> waiting.result().completeExceptionally(failure));
        }
      }
    }

    /** What is stored of a batch. */
    private byte[] stored(List<Contribution> contributions) {
      Optional<Sealing> sealing = round.sealing();
      byte[] content =
          sealing.filter(Sealing::separately).isPresent()
              ? apart(contributions)
              : sum(contributions);
      return sealing
          .map(how -> SealKey.seal(round.roundHash(), how.publicKey(), content, random))
          .orElse(content);
    }

    private byte[] sum(List<Contribution> contributions) {
      RingSum sum = new RingSum(round.coordinates(), round.encoding().ringBits());
      contributions.forEach(sum::add);
      return sum.toOctets();
    }

    /** Int32, little-endian, one update after the other. */
    private byte[] apart(List<Contribution> contributions) {
      int bytes = Math.multiplyExact(round.coordinates(), Integer.BYTES);
      ByteBuffer buffer =
          ByteBuffer.allocate(Math.multiplyExact(contributions.size(), bytes))
              .order(ByteOrder.LITTLE_ENDIAN);
      for (Contribution contribution : contributions) {
        if (!(contribution instanceof Contribution.Clear clear)) {
          throw new IllegalStateException("only clear updates are stored apart");
        }
        buffer.asIntBuffer().put(clear.coordinates());
        buffer.position(buffer.position() + bytes);
      }
      return buffer.array();
    }

    private void commit(Map<Integer, Waiting> batch) {
      Map<Integer, Octets> digests = new HashMap<>();
      batch.forEach((index, waiting) -> digests.put(index, waiting.contribution().payloadSha256()));
      UploadStore.Batch outcome =
          uploads.append(
              round.id(),
              key.group(),
              digests,
              added ->
                  cpu.call(() ->
                      stored(
                          added.stream()
                              .map(index ->
                                  java.util.Objects.requireNonNull(batch.get(index)).contribution())
                              .toList())),
              clock.instant());
      switch (outcome) {
        case UploadStore.Batch.Closed() ->
            batch.values().forEach(waiting -> waiting.result().complete(Result.LATE));
        case UploadStore.Batch.Committed(Map<Integer, Octets> earlier) -> {
          batchSize.record(batch.size());
          batch.forEach((index, waiting) -> {
            Octets before = earlier.get(index);
            if (before == null) {
              waiting.result().complete(Result.ACCEPTED);
            } else if (before.equals(waiting.contribution().payloadSha256())) {
              waiting.result().complete(Result.DUPLICATE);
            } else {
              waiting.result().completeExceptionally(different());
            }
          });
          signals.changed(round.id(), RoundSignals.Topic.PROGRESS);
        }
      }
    }
  }
}
