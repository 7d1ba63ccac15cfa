package com.octomil.privacy.aggregator.app;

import com.octomil.privacy.aggregator.domain.AbortReason;
import com.octomil.privacy.aggregator.domain.Algorithm;
import com.octomil.privacy.aggregator.domain.ClippingBits;
import com.octomil.privacy.aggregator.domain.ClippingNorm;
import com.octomil.privacy.aggregator.domain.ModelStore;
import com.octomil.privacy.aggregator.domain.Moments;
import com.octomil.privacy.aggregator.domain.Noise;
import com.octomil.privacy.aggregator.domain.OpenRound;
import com.octomil.privacy.aggregator.domain.Release;
import com.octomil.privacy.aggregator.domain.RoundAttempt;
import com.octomil.privacy.aggregator.domain.RoundStatus;
import com.octomil.privacy.aggregator.domain.RoundStore;
import com.octomil.privacy.aggregator.domain.ServerState;
import com.octomil.privacy.aggregator.domain.Unmasking;
import com.octomil.privacy.aggregator.domain.UploadStore;
import com.octomil.privacy.aggregator.domain.Weighting;
import com.octomil.privacy.aggregator.domain.Weights;
import com.octomil.privacy.secagg.masking.RingVector;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Clock;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * From UNMASKING to PUBLISHED: removes the masks, adds the noise, makes the next model. Until the
 * publication is durable nothing has left this process, so doing all of it again after a crash,
 * with fresh noise, releases one sum once. Blocking.
 */
@ApplicationScoped
class RoundPublication {
  private static final int[] ONE_GROUP = {0};

  private final RoundStore rounds;
  private final UploadStore uploads;
  private final ModelStore models;
  private final SurvivorPhases survivors;
  private final RoundSignals signals;
  private final ClearRounds clearRounds;
  private final CpuPool cpu;
  private final Clock clock;
  private final RoundMetrics metrics;

  RoundPublication(
      RoundStore rounds,
      UploadStore uploads,
      ModelStore models,
      SurvivorPhases survivors,
      RoundSignals signals,
      ClearRounds clearRounds,
      CpuPool cpu,
      Clock clock,
      RoundMetrics metrics) {
    this.rounds = rounds;
    this.uploads = uploads;
    this.models = models;
    this.survivors = survivors;
    this.signals = signals;
    this.clearRounds = clearRounds;
    this.cpu = cpu;
    this.clock = clock;
    this.metrics = metrics;
  }

  void publish(RoundRun run, RoundStatus status) {
    OpenRound round = run.opened(rounds);
    RoundAttempt attempt = run.attempt();
    if (!round.secureAggregation()) {
      survivors.requireApart(run, status);
    }
    Optional<Unmasking> unmasking = survivors.secrets(run, status);
    int counted = status.survivorCount().orElseThrow();
    Optional<ClearRounds.Total> clear =
        round.sealing().map(sealing -> clearRounds.total(round, run.plan().aggregation()));
    byte[] model =
        models.content(attempt.federation(), attempt.model(), attempt.modelVersion()).orElseThrow();
    Optional<Moments> moments =
        run.plan().algorithm() instanceof Algorithm.FedAdam
            ? models.moments(attempt.federation(), attempt.model(), attempt.modelVersion())
            : Optional.empty();
    Optional<ClippingNorm> norm =
        round.clippingBit()
            ? models.clippingNorm(attempt.federation(), attempt.model(), attempt.modelVersion())
            : Optional.empty();
    Optional<RoundStore.Publication> publication;
    try {
      publication =
          metrics.timed(
              RoundMetrics.Phase.UNMASK,
              () ->
                  clear
                      .map(ClearRounds.Total::coordinates)
                      .or(() -> sum(round, unmasking))
                      .map(signed ->
                          cpu.call(() -> {
                            ServerState before =
                                new ServerState(Weights.decode(model), moments, norm);
                            return release(
                                run,
                                clear.map(ClearRounds.Total::kept).orElseGet(OptionalInt::empty),
                                signed,
                                before,
                                counted);
                          })));
    } finally {
      unmasking.ifPresent(Unmasking::erase);
    }
    if (publication.isEmpty()) {
      return;
    }
    RoundStore.Publication made = publication.get();
    if (rounds.publish(attempt, made, clock.instant()).isPresent()) {
      made.bits().ifPresent(bits -> metrics.clipped(made.norm().orElseThrow(), bits));
    } else if (!rounds.status(run.id()).map(now -> now.state().over()).orElse(true)) {
      throw new RoundAborted(
          AbortReason.CANCELLED, "The job was stopped or its model has changed.");
    }
    signals.changed(round.id(), RoundSignals.Topic.PHASE);
  }

  /**
   * The exact signed sum, one group after the other, so that memory stays at the size of one model;
   * empty if the uploads have been erased, because the round is over.
   */
  private Optional<long[]> sum(OpenRound round, Optional<Unmasking> unmasking) {
    int bits = round.encoding().ringBits();
    long[] signed = new long[round.coordinates()];
    for (int group : unmasking.map(Unmasking::groups).orElse(ONE_GROUP)) {
      Optional<int[]> masked = uploads.total(round.id(), group, round.coordinates(), bits);
      if (masked.isEmpty()) {
        return Optional.empty();
      }
      cpu.call(() -> {
        unmasking.ifPresent(secrets -> secrets.removeMasks(group, masked.get(), bits));
        long[] sum = RingVector.toSigned(masked.get(), bits);
        for (int i = 0; i < signed.length; i++) {
          signed[i] += sum[i];
        }
        return signed;
      });
    }
    return Optional.of(signed);
  }

  private RoundStore.Publication release(
      RoundRun run, OptionalInt kept, long[] signed, ServerState before, int survivors) {
    OpenRound round = run.opened(rounds);
    OptionalLong totalWeight = totalWeight(round, signed, survivors);
    Release release =
        Release.of(Arrays.copyOf(signed, round.vectorLength()), round.encoding(), round.noise());
    Optional<ClippingBits> clippingBits =
        round
            .noise()
            .flatMap(Noise::clipping)
            .map(terms ->
                ClippingBits.release(terms, round.targetCohort(), signed[signed.length - 1]));
    double denominator =
        totalWeight.isPresent()
            ? Release.denominator(totalWeight.getAsLong(), round.weighting().orElseThrow())
            : kept.orElse(round.targetCohort());
    ServerState next =
        before.after(
            release.average(round.encoding().gridStep(), denominator),
            clippingBits,
            run.attempt().job(),
            run.plan().algorithm(),
            run.plan().serverLearningRate());
    return new RoundStore.Publication(
        release.aggregateOctets(),
        Weights.encode(next.weights()),
        totalWeight,
        next.moments(),
        kept,
        clippingBits,
        next.norm());
  }

  /** The counter behind the coordinates of the model, if the round has one. */
  private static OptionalLong totalWeight(OpenRound round, long[] sum, int survivors) {
    Optional<Weighting> counted = round.weighting().filter(Weighting::counted);
    if (counted.isEmpty()) {
      return OptionalLong.empty();
    }
    long total = sum[round.vectorLength()];
    long most = (long) survivors * counted.get().maxWeight();
    if (total < survivors || total > most) {
      // Masked weights cannot be checked one by one; a sum that no honest devices have can be.
      throw new RoundAborted(
          AbortReason.INTERNAL,
          "The weights of "
              + survivors
              + " devices add up to "
              + total
              + "; they must add up to "
              + survivors
              + " to "
              + most
              + ".");
    }
    return OptionalLong.of(total);
  }
}
