package com.octomil.privacy.aggregator.app;

import com.octomil.privacy.aggregator.config.AggregatorConfig;
import com.octomil.privacy.aggregator.domain.Abort;
import com.octomil.privacy.aggregator.domain.AbortReason;
import com.octomil.privacy.aggregator.domain.ClippingNorm;
import com.octomil.privacy.aggregator.domain.Composition;
import com.octomil.privacy.aggregator.domain.DeviceExclusion;
import com.octomil.privacy.aggregator.domain.Erasure;
import com.octomil.privacy.aggregator.domain.Erasure.RebuildOutcome;
import com.octomil.privacy.aggregator.domain.ErasureStore;
import com.octomil.privacy.aggregator.domain.FederationName;
import com.octomil.privacy.aggregator.domain.Model;
import com.octomil.privacy.aggregator.domain.ModelName;
import com.octomil.privacy.aggregator.domain.ModelStore;
import com.octomil.privacy.aggregator.domain.Moments;
import com.octomil.privacy.aggregator.domain.ReplayedRound;
import com.octomil.privacy.aggregator.domain.RoundId;
import com.octomil.privacy.aggregator.domain.ServerState;
import com.octomil.privacy.aggregator.domain.Weights;
import com.octomil.privacy.kit.error.ErrorCode;
import com.octomil.privacy.kit.error.ServiceException;
import io.quarkus.scheduler.Scheduled;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;

/**
 * The right to erasure: excludes a device, says where it took part, and rebuilds models without
 * those rounds. Thread-safe; blocking.
 */
@ApplicationScoped
public class Erasures {

  private static final Logger LOG = Logger.getLogger(Erasures.class);
  private static final int LISTED = 1000;
  private static final int REBUILD_ATTEMPTS = 20;

  private final DeviceExclusion relay;
  private final ErasureStore erasures;
  private final ModelStore models;
  private final RoundSettlement settlement;
  private final CpuPool cpu;
  private final AggregatorConfig config;
  private final Clock clock;

  Erasures(
      DeviceExclusion relay,
      ErasureStore erasures,
      ModelStore models,
      RoundSettlement settlement,
      CpuPool cpu,
      AggregatorConfig config,
      Clock clock) {
    this.relay = relay;
    this.erasures = erasures;
    this.models = models;
    this.settlement = settlement;
    this.cpu = cpu;
    this.config = config;
    this.clock = clock;
  }

  /**
   * Excludes a device for good and lists the rounds that it took part in; a round that is running
   * with it is aborted. The same device again gives the same erasure.
   *
   * @param device identifier or pseudonym; it is kept nowhere
   * @param selectiveExclusion whether to rebuild each model that has such a round in its latest
   *     version
   * @param by identifier of an API key
   * @throws ServiceException {@code NOT_FOUND} if the federation has no such device
   */
  public Erasure erase(
      FederationName federation,
      String device,
      String reason,
      boolean selectiveExclusion,
      String by) {
    DeviceExclusion.Excluded excluded = relay.exclude(federation, device);
    UUID id = erasures.record(federation, excluded, reason, by, clock.instant());
    Erasure erasure = get(federation, id);
    boolean stopped = false;
    for (Erasure.Attended attended : erasure.rounds()) {
      if (attended.round().filter(round -> !round.state().over()).isPresent()) {
        stopped |=
            settlement.abort(
                attended.id(),
                new Abort(
                    AbortReason.CANCELLED, "A device of the round was excluded by an erasure."));
      }
    }
    if (stopped) {
      // An upload may have come in before the round was stopped.
      id = erasures.record(federation, excluded, reason, by, clock.instant());
      erasure = get(federation, id);
    }
    if (selectiveExclusion) {
      rebuild(erasure);
    }
    return get(federation, id);
  }

  /** One erasure. */
  public Erasure get(FederationName federation, UUID id) {
    return erasures
        .find(federation, id)
        .orElseThrow(() ->
            new ServiceException(
                ErrorCode.NOT_FOUND, "There is no erasure " + id + " in this federation."));
  }

  /** Erasures of a federation, newest first. */
  public List<Erasure> list(FederationName federation) {
    return erasures.list(federation, LISTED);
  }

  /** How long sums are kept that a model can be rebuilt from. */
  public Duration retention() {
    return config.roundAggregateRetention();
  }

  private void rebuild(Erasure erasure) {
    Set<ModelName> affected =
        erasure.rounds().stream()
            .filter(Erasure.Attended::inModel)
            .flatMap(attended -> attended.round().stream())
            .map(Erasure.Round::model)
            .collect(Collectors.toUnmodifiableSet());
    Set<RoundId> without =
        erasure.rounds().stream()
            .filter(Erasure.Attended::inModel)
            .map(Erasure.Attended::id)
            .collect(Collectors.toUnmodifiableSet());
    affected.stream()
        .sorted((a, b) -> a.value().compareTo(b.value()))
        .forEach(name -> rebuild(erasure, name, without));
  }

  /** Again if a round publishes meanwhile: then that one's version is to be rebuilt. */
  private void rebuild(Erasure erasure, ModelName name, Set<RoundId> without) {
    for (int attempt = 0; attempt < REBUILD_ATTEMPTS; attempt++) {
      Model model = models.find(erasure.federation(), name).orElseThrow();
      List<RoundId> rounds = Composition.of(model).latest();
      List<RoundId> excluded = rounds.stream().filter(without::contains).toList();
      if (excluded.isEmpty()) {
        return;
      }
      Plan plan = plan(model, rounds, without);
      if (plan.problem().isPresent()) {
        erasures.impossible(
            erasure.id(),
            new Erasure.Rebuild(
                name,
                model.latest().version(),
                excluded,
                new RebuildOutcome.Impossible(plan.problem().get()),
                clock.instant()));
        return;
      }
      ServerState rebuilt = replay(model, plan);
      if (erasures
          .rebuilt(
              erasure.federation(),
              erasure.id(),
              name,
              model.latest().version(),
              excluded,
              plan.replayed().size(),
              rebuilt,
              clock.instant())
          .isPresent()) {
        return;
      }
    }
    throw new ServiceException(
        ErrorCode.UNAVAILABLE,
        "The model '" + name + "' changes faster than it can be rebuilt; pause its training.");
  }

  /**
   * How to rebuild.
   *
   * @param start version to start from
   * @param replayed rounds to apply after it
   * @param problem why it cannot be done
   */
  private record Plan(int start, List<ReplayedRound> replayed, Optional<String> problem) {}

  private Plan plan(Model model, List<RoundId> rounds, Set<RoundId> without) {
    Composition composition = Composition.of(model);
    // The longest stored version before the first excluded round: what lies before it stays as it
    // is.
    int clean = 0;
    while (clean < rounds.size() && !without.contains(rounds.get(clean))) {
      clean++;
    }
    while (composition.versionOf(rounds.subList(0, clean)).isEmpty()) {
      clean--;
    }
    int start = composition.versionOf(rounds.subList(0, clean)).orElseThrow();
    List<ReplayedRound> replayed = new ArrayList<>();
    List<Integer> gone = new ArrayList<>();
    for (RoundId round : rounds.subList(clean, rounds.size())) {
      if (without.contains(round)) {
        continue;
      }
      ReplayedRound step = erasures.replay(round).orElseThrow();
      replayed.add(step);
      if (step.aggregate().isEmpty()) {
        gone.add(step.number());
      }
    }
    return new Plan(
        start,
        replayed,
        gone.isEmpty()
            ? Optional.empty()
            : Optional.of(
                "The sums of "
                    + gone.size()
                    + " later rounds are gone, because sums are kept for "
                    + retention()
                    + " only (octomil.aggregator.round-aggregate-retention). The last version without the device is "
                    + start
                    + "; training can go on from its weights under another model name."));
  }

  private ServerState replay(Model model, Plan plan) {
    byte[] content = models.content(model.federation(), model.name(), plan.start()).orElseThrow();
    Optional<Moments> moments = models.moments(model.federation(), model.name(), plan.start());
    Optional<ClippingNorm> norm =
        models.clippingNorm(model.federation(), model.name(), plan.start());
    return cpu.call(() -> {
      ServerState state = new ServerState(Weights.decode(content), moments, norm);
      for (ReplayedRound round : plan.replayed()) {
        state = round.apply(state);
      }
      return state;
    });
  }

  @Scheduled(every = "1h", delayed = "1m", concurrentExecution = Scheduled.ConcurrentExecution.SKIP)
  void eraseOldAggregates() {
    int erased = erasures.eraseAggregates(clock.instant().minus(config.roundAggregateRetention()));
    if (erased > 0) {
      LOG.infof("erased the sums of %d rounds whose retention is over", erased);
    }
  }
}
