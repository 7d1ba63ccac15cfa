package com.octomil.privacy.aggregator.rest;

import com.octomil.privacy.aggregator.app.TrainingJobs;
import com.octomil.privacy.aggregator.domain.Abort;
import com.octomil.privacy.aggregator.domain.Aggregation;
import com.octomil.privacy.aggregator.domain.Algorithm;
import com.octomil.privacy.aggregator.domain.ClippingBits;
import com.octomil.privacy.aggregator.domain.ClippingNorm;
import com.octomil.privacy.aggregator.domain.Fault;
import com.octomil.privacy.aggregator.domain.RoundId;
import com.octomil.privacy.aggregator.domain.RoundStatus;
import com.octomil.privacy.aggregator.domain.TrainingJob;
import io.quarkus.runtime.annotations.RegisterForReflection;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/** Training jobs and rounds as JSON. */
final class TrainingViews {
  private TrainingViews() {}

  /**
   * A job; rounds are left out of lists and of the answer to its start.
   *
   * @param clipNorm clipping norm of the next round; null without adaptive clipping and before its
   *     first round has ended
   */
  @RegisterForReflection
  public record JobView(
      String id,
      String federation,
      String model,
      String algorithm,
      String state,
      @Nullable String reason,
      boolean pauseRequested,
      int roundsRequested,
      int roundsCompleted,
      int minUpdates,
      int cohort,
      int localEpochs,
      double learningRate,
      double serverLearningRate,
      @Nullable Double proximalMu,
      @Nullable Double beta1,
      @Nullable Double beta2,
      @Nullable Double tau,
      double phaseTimeoutSeconds,
      String weighting,
      @Nullable Integer maxExamples,
      String aggregation,
      @Nullable Double trimFraction,
      @Nullable Integer modelVersion,
      @Nullable BigDecimal epsilonSpent,
      @Nullable Double clipNorm,
      String createdAt,
      String updatedAt,
      List<RoundView> rounds) {}

  /**
   * One attempt at a round. Numbers are null until they are known.
   *
   * @param denominator what the sum is divided by: the cohort asked for, or, where weights are
   *     counted, {@code total_examples / max_examples}, or with a robust aggregation the number of
   *     values kept
   * @param groups groups that the roster is split into, each unmasked on its own
   * @param groupsLeftOut those that could not be unmasked; survivors are those of the others
   * @param totalExamples examples behind the sum, each device's capped; null where they are not
   *     counted
   * @param clipNorm L2 bound of an update
   * @param unclippedShare share of updates within it, released with noise, so it may lie beyond 0
   *     and 1; null without adaptive clipping
   */
  @RegisterForReflection
  public record RoundView(
      int number,
      int attempt,
      String roundId,
      String state,
      boolean secureAggregation,
      int trainedOnVersion,
      @Nullable Number denominator,
      @Nullable Long totalExamples,
      @Nullable Double clipNorm,
      @Nullable Double unclippedShare,
      @Nullable Integer checkedIn,
      @Nullable Integer cohort,
      @Nullable Integer survivors,
      @Nullable Integer groups,
      @Nullable Integer groupsLeftOut,
      DroppedView dropped,
      List<FaultView> faults,
      @Nullable Integer modelVersion,
      @Nullable BigDecimal epsilonSpent,
      @Nullable String abortReason,
      @Nullable String abortDetail,
      String createdAt,
      String updatedAt) {}

  /** Devices that dropped out, by the step that they did not finish. */
  @RegisterForReflection
  public record DroppedView(
      @Nullable Integer advertise,
      @Nullable Integer share,
      @Nullable Integer upload,
      @Nullable Integer signSurvivors,
      @Nullable Integer reveal) {}

  /**
   * A device that sent shares that do not fit.
   *
   * @param participantId its pseudonym in the round, hexadecimal
   * @param kind {@code wrong_shares} or {@code unopened_shares}
   * @param occurrences secrets that its shares do not fit, or neighbours that could not open what
   *     it made for them
   */
  @RegisterForReflection
  public record FaultView(String participantId, String kind, int occurrences) {}

  static JobView of(TrainingJobs.Progress progress) {
    TrainingJob job = progress.job();
    Algorithm.@Nullable FedAdam fedAdam =
        job.plan().algorithm() instanceof Algorithm.FedAdam chosen ? chosen : null;
    List<RoundStatus> published =
        progress.rounds().stream().filter(round -> round.state().published()).toList();
    return new JobView(
        job.id().toString(),
        job.federation().value(),
        job.model().value(),
        job.plan().algorithm().id(),
        job.state().id(),
        job.reason().orElse(null),
        job.pauseRequested(),
        job.plan().rounds(),
        job.roundsCompleted(),
        job.plan().minUpdates(),
        job.plan().cohort(),
        job.plan().localEpochs(),
        job.plan().learningRate(),
        job.plan().serverLearningRate(),
        job.plan().algorithm() instanceof Algorithm.FedProx(double mu) ? mu : null,
        fedAdam == null ? null : fedAdam.beta1(),
        fedAdam == null ? null : fedAdam.beta2(),
        fedAdam == null ? null : fedAdam.tau(),
        job.plan().phaseTimeout().toMillis() / 1000.0,
        job.plan().maxExamples().isPresent() ? TrainingRequest.EXAMPLES : TrainingRequest.UNIFORM,
        orNull(job.plan().maxExamples()),
        job.plan().aggregation().id(),
        job.plan().aggregation() instanceof Aggregation.TrimmedMean(double fraction)
            ? fraction
            : null,
        published.isEmpty() ? null : orNull(published.getLast().publishedVersion()),
        published.isEmpty() ? null : published.getLast().epsilonSpent().orElse(null),
        progress.norm().map(ClippingNorm::value).orElse(null),
        job.createdAt().toString(),
        job.updatedAt().toString(),
        progress.rounds().stream().map(round -> of(round, progress.faults())).toList());
  }

  static RoundView of(RoundStatus round, Map<RoundId, List<Fault>> faults) {
    return new RoundView(
        round.attempt().number(),
        round.attempt().attempt(),
        round.id().hex(),
        round.state().id(),
        round.secureAggregation(),
        round.attempt().modelVersion(),
        round.denominator().orElse(null),
        round.totalWeight().isPresent() ? round.totalWeight().getAsLong() : null,
        orNull(round.clipNorm()),
        round.bits().map(ClippingBits::unclippedShare).orElse(null),
        orNull(round.checkedIn()),
        orNull(round.cohort()),
        orNull(round.survivorCount()),
        orNull(round.groups()),
        round.groups().isPresent() ? round.groupsLeftOut() : null,
        new DroppedView(
            difference(round.checkedIn(), round.cohort()),
            difference(round.cohort(), round.sharers()),
            difference(round.sharers(), round.survivorCount()),
            difference(round.survivorCount(), round.signed()),
            difference(round.survivorCount(), round.revealed())),
        faults.getOrDefault(round.id(), List.of()).stream()
            .map(fault ->
                new FaultView(fault.participant().hex(), fault.kind().id(), fault.occurrences()))
            .toList(),
        orNull(round.publishedVersion()),
        round.epsilonSpent().orElse(null),
        round.abort().map(abort -> abort.reason().id()).orElse(null),
        round.abort().map(Abort::detail).orElse(null),
        round.createdAt().toString(),
        round.updatedAt().toString());
  }

  static @Nullable Integer orNull(OptionalInt value) {
    return value.isPresent() ? value.getAsInt() : null;
  }

  static @Nullable Double orNull(OptionalDouble value) {
    return value.isPresent() ? value.getAsDouble() : null;
  }

  private static @Nullable Integer difference(OptionalInt before, OptionalInt after) {
    return before.isPresent() && after.isPresent()
        ? Math.max(0, before.getAsInt() - after.getAsInt())
        : null;
  }
}
