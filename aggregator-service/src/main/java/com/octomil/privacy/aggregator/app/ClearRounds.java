package com.octomil.privacy.aggregator.app;

import com.octomil.privacy.aggregator.config.AggregatorConfig;
import com.octomil.privacy.aggregator.domain.AbortReason;
import com.octomil.privacy.aggregator.domain.Aggregation;
import com.octomil.privacy.aggregator.domain.OpenRound;
import com.octomil.privacy.aggregator.domain.RingSum;
import com.octomil.privacy.aggregator.domain.RobustSum;
import com.octomil.privacy.aggregator.domain.RoundId;
import com.octomil.privacy.aggregator.domain.SealKey;
import com.octomil.privacy.aggregator.domain.SealedBatches;
import com.octomil.privacy.aggregator.domain.Sealing;
import com.octomil.privacy.secagg.masking.RingVector;
import jakarta.enterprise.context.ApplicationScoped;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Rounds without secure aggregation that this replica drives. Their keys are in its memory only; if
 * it dies, what devices sent is lost with them and the round is aborted. Thread-safe; blocking.
 */
@ApplicationScoped
class ClearRounds {
  private final SealedBatches batches;
  private final CpuPool cpu;
  private final AggregatorConfig config;
  private final SecureRandom random;
  private final ConcurrentHashMap<RoundId, SealKey> keys = new ConcurrentHashMap<>();

  /** One robust aggregation at a time, since each holds all updates of its round. */
  private final ReentrantLock robust = new ReentrantLock();

  ClearRounds(SealedBatches batches, CpuPool cpu, AggregatorConfig config, SecureRandom random) {
    this.batches = batches;
    this.cpu = cpu;
    this.config = config;
    this.random = random;
  }

  /**
   * What came of a round.
   *
   * @param coordinates sum of the updates, or of the values that were kept
   * @param kept values behind each coordinate of a robust aggregation; else empty
   */
  @SuppressWarnings("ArrayRecordComponent") // as large as a model
  record Total(long[] coordinates, OptionalInt kept) {}

  /** Why updates of such a round cannot be held one by one, if they cannot. */
  Optional<String> tooLarge(Aggregation aggregation, int cohort, int vectorLength) {
    long needed = (long) cohort * vectorLength * Integer.BYTES;
    return aggregation.separately() && needed > config.robustBytes()
        ? Optional.of(
            "A "
                + aggregation.id()
                + " holds the updates of all devices of a round at the same time: "
                + cohort
                + " of "
                + vectorLength
                + " coordinates are "
                + needed
                + " octets; at most "
                + config.robustBytes()
                + " are allowed (octomil.aggregator.robust-bytes).")
        : Optional.empty();
  }

  /** Makes the key of a round. */
  Sealing begin(RoundId round, Aggregation aggregation) {
    SealKey key = SealKey.generate(random);
    keys.put(round, key);
    return new Sealing(key.publicKey(), aggregation.separately());
  }

  /** Erases the key of a round, if there is one. */
  void forget(RoundId round) {
    SealKey key = keys.remove(round);
    if (key != null) {
      key.close();
    }
  }

  /** Aborts a round whose key is not here: another driver had it. */
  void requireKey(OpenRound round) {
    if (round.sealing().isPresent() && !keys.containsKey(round.id())) {
      throw gone();
    }
  }

  private static RoundAborted gone() {
    return new RoundAborted(
        AbortReason.INTERNAL,
        "What devices sent was readable only for the replica that drove the round, which is gone.");
  }

  /** Aggregates what was uploaded; aborts the round if the key is not here. */
  Total total(OpenRound round, Aggregation aggregation) {
    SealKey key = keys.get(round.id());
    if (key == null) {
      throw gone();
    }
    if (!aggregation.separately()) {
      int bits = round.encoding().ringBits();
      RingSum sum = new RingSum(round.coordinates(), bits);
      for (UUID batch : batches.of(round.id())) {
        byte[] sealed = batches.read(batch);
        cpu.call(() -> {
          sum.addStored(key.open(round.roundHash(), sealed));
          return true;
        });
      }
      return new Total(RingVector.toSigned(sum.coordinates(), bits), OptionalInt.empty());
    }
    robust.lock();
    try {
      List<int[]> updates = new ArrayList<>();
      for (UUID batch : batches.of(round.id())) {
        byte[] sealed = batches.read(batch);
        updates.addAll(
            cpu.call(() -> split(key.open(round.roundHash(), sealed), round.coordinates())));
      }
      RobustSum sum = cpu.call(() -> RobustSum.of(aggregation, updates));
      return new Total(sum.sum(), OptionalInt.of(sum.kept()));
    } finally {
      robust.unlock();
    }
  }

  private static List<int[]> split(byte[] content, int coordinates) {
    ByteBuffer buffer = ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN);
    List<int[]> updates = new ArrayList<>();
    while (buffer.hasRemaining()) {
      int[] update = new int[coordinates];
      buffer.asIntBuffer().get(update);
      buffer.position(buffer.position() + coordinates * Integer.BYTES);
      updates.add(update);
    }
    return updates;
  }
}
