package com.octomil.privacy.aggregator.app;

import com.octomil.privacy.aggregator.domain.ModelStore;
import com.octomil.privacy.aggregator.domain.Octets;
import com.octomil.privacy.aggregator.domain.OpenRound;
import com.octomil.privacy.aggregator.domain.RevealStore;
import com.octomil.privacy.aggregator.domain.Roster;
import com.octomil.privacy.aggregator.domain.RoundAttempt;
import com.octomil.privacy.aggregator.domain.RoundId;
import com.octomil.privacy.aggregator.domain.RoundStatus;
import com.octomil.privacy.aggregator.domain.RoundStore;
import com.octomil.privacy.aggregator.domain.SurvivorBitmap;
import com.octomil.privacy.aggregator.domain.UnmaskingPlan;
import com.octomil.privacy.secagg.graph.NeighbourGraph;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What devices' calls need of rounds, read once for all of them: the fixed parts for as long as the
 * round is in use, the status until it changes here or for a quarter of a second, since it may
 * change elsewhere. Thread-safe.
 */
@ApplicationScoped
public class RoundDirectory {
  /** How long a change made by another replica may go unnoticed. */
  static final Duration FRESH = Duration.ofMillis(250);

  private static final int ROUNDS = 256;
  private static final int MODELS = 4;

  private final RoundStore rounds;
  private final RevealStore reveals;
  private final ModelStore models;
  private final RoundSignals signals;
  private final ReentrantLock lock = new ReentrantLock();
  private final Map<RoundId, Entry> entries = new Lru<>(ROUNDS);
  private final Map<ModelKey, byte[]> modelBytes = new Lru<>(MODELS);
  private final ReentrantLock modelLock = new ReentrantLock();

  private record ModelKey(String federation, String model, int version) {}

  RoundDirectory(RoundStore rounds, RevealStore reveals, ModelStore models, RoundSignals signals) {
    this.rounds = rounds;
    this.reveals = reveals;
    this.models = models;
    this.signals = signals;
  }

  /** The fixed part of an opened round. */
  public Optional<OpenRound> opened(RoundId id) {
    return entry(id).opened.get(rounds::opened, id);
  }

  /** The roster, once uploading has started. */
  public Optional<Roster> roster(RoundId id) {
    return entry(id).roster.get(rounds::roster, id);
  }

  public Optional<RoundStatus> status(RoundId id) {
    return entry(id)
        .status
        .get(() -> signals.version(id, RoundSignals.Topic.PHASE), () -> rounds.status(id));
  }

  /** Confirmations of the survivor set so far. */
  public Map<Integer, Octets> signatures(RoundId id) {
    return entry(id)
        .signatures
        .get(
            () -> signals.version(id, RoundSignals.Topic.PROGRESS),
            () -> reveals.signatures(id, Optional.empty()));
  }

  /** The group of a device on the roster; 0 in a round without groups. */
  public int group(RoundId id, int index) {
    return entry(id).graph.get(this::loadGraph, id).map(graph -> graph.group(index)).orElse(0);
  }

  /** Only that of a split roster, since it is used for nothing else. */
  private Optional<NeighbourGraph> loadGraph(RoundId id) {
    return opened(id)
        .filter(round -> round.grouping().isPresent())
        .flatMap(OpenRound::graphNonce)
        .flatMap(nonce ->
            roster(id)
                .flatMap(Roster::graph)
                .filter(graph -> graph.parameters().groups() > 1)
                .map(graph ->
                    NeighbourGraph.of(
                        nonce.toArray(), graph.root().toArray(), graph.parameters())));
  }

  /** Who reveals what, once the survivors are fixed. */
  public Optional<UnmaskingPlan> plan(RoundId id) {
    return entry(id).plan.get(this::loadPlan, id);
  }

  private Optional<UnmaskingPlan> loadPlan(RoundId id) {
    Optional<Octets> survivors = rounds.status(id).flatMap(RoundStatus::survivors);
    Optional<Octets> nonce = opened(id).flatMap(OpenRound::graphNonce);
    Optional<Roster> roster = roster(id);
    if (survivors.isEmpty()
        || nonce.isEmpty()
        || roster.isEmpty()
        || roster.get().graph().isEmpty()) {
      return Optional.empty();
    }
    Roster known = roster.get();
    return Optional.of(
        new UnmaskingPlan(
            nonce.get(),
            known.graph().orElseThrow(),
            known.sharers(),
            SurvivorBitmap.decode(survivors.get(), known.size())));
  }

  /** The octets of the model that devices of a round train on; do not change them. */
  public byte[] model(RoundAttempt attempt) {
    ModelKey key =
        new ModelKey(attempt.federation().value(), attempt.model().value(), attempt.modelVersion());
    modelLock.lock();
    try {
      byte[] known = modelBytes.get(key);
      if (known == null) {
        known =
            models
                .content(attempt.federation(), attempt.model(), attempt.modelVersion())
                .orElseThrow(() -> new IllegalStateException("the model of a round is missing"));
        modelBytes.put(key, known);
      }
      return known;
    } finally {
      modelLock.unlock();
    }
  }

  private Entry entry(RoundId id) {
    lock.lock();
    try {
      return entries.computeIfAbsent(id, unknown -> new Entry());
    } finally {
      lock.unlock();
    }
  }

  private static final class Entry {
    final Once<OpenRound> opened = new Once<>();
    final Once<Roster> roster = new Once<>();
    final Once<NeighbourGraph> graph = new Once<>();
    final Once<UnmaskingPlan> plan = new Once<>();
    final Fresh<Optional<RoundStatus>> status = new Fresh<>();
    final Fresh<Map<Integer, Octets>> signatures = new Fresh<>();
  }

  /** A value that never changes once it exists. */
  private static final class Once<T> {
    private volatile @Nullable T value;

    Optional<T> get(Function<RoundId, Optional<T>> load, RoundId id) {
      T known = value;
      if (known != null) {
        return Optional.of(known);
      }
      Optional<T> loaded = load.apply(id);
      loaded.ifPresent(found -> value = found);
      return loaded;
    }
  }

  /**
   * A value that is read again after a signal and when it has grown old; by one caller at a time.
   */
  private static final class Fresh<T> {
    private final ReentrantLock lock = new ReentrantLock();
    private @Nullable T value;
    private long version = -1;
    private long loadedAt;

    T get(LongSupplier currentVersion, java.util.function.Supplier<T> load) {
      lock.lock();
      try {
        T known = value;
        long current = currentVersion.getAsLong();
        if (known != null && current == version && System.nanoTime() - loadedAt < FRESH.toNanos()) {
          return known;
        }
        T loaded = load.get();
        value = loaded;
        version = current;
        loadedAt = System.nanoTime();
        return loaded;
      } finally {
        lock.unlock();
      }
    }
  }

  private static final class Lru<K, V> extends LinkedHashMap<K, V> {
    private static final long serialVersionUID = 1L;
    private final int limit;

    Lru(int limit) {
      super(16, 0.75f, true);
      this.limit = limit;
    }

    @Override
    protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
      return size() > limit;
    }
  }
}
