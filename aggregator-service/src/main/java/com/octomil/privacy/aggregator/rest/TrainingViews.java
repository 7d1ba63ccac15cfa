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
   * @param id identifier of the job, a UUID
   * @param federation its name
   * @param model name of the model
   * @param algorithm {@code fedavg}, {@code fedprox} or {@code fedadam}
   * @param state {@code pending}, {@code running}, {@code paused}, {@code completed}, {@code
   *     failed} or {@code cancelled}
   * @param reason why it paused or failed; null otherwise
   * @param pauseRequested whether it pauses once its round is over
   * @param roundsRequested rounds that were asked for
   * @param roundsCompleted rounds that were published
   * @param minUpdates fewest devices in a sum
   * @param cohort devices that a round waits for
   * @param localEpochs passes over the local data
   * @param learningRate step size of the device
   * @param serverLearningRate factor on the average update, with {@code fedadam} the step size
   * @param proximalMu weight of the proximal term; null without {@code fedprox}
   * @param beta1 decay of the first moment; null without {@code fedadam}
   * @param beta2 decay of the second moment; null without {@code fedadam}
   * @param tau degree of adaptivity; null without {@code fedadam}
   * @param phaseTimeoutSeconds longest duration of a phase
   * @param weighting {@code uniform} or {@code examples}
   * @param maxExamples cap of an update's weight; null with {@code uniform}
   * @param aggregation {@code mean}, {@code trimmed_mean} or {@code coordinate_median}
   * @param trimFraction left out at each end; null without {@code trimmed_mean}
   * @param modelVersion version that the last published round made; null before
   * @param epsilonSpent by all rounds of the federation's version up to the last published one
   * @param createdAt when it was asked for
   * @param updatedAt when its state last changed
   * @param rounds attempts at rounds, oldest first
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
   * @param number of the round within its job, from 1
   * @param attempt at this round, from 1
   * @param roundId identifier of the round, hexadecimal
   * @param state phase or end of the attempt, for example {@code uploading} or {@code committed}
   * @param secureAggregation whether updates were masked
   * @param trainedOnVersion version of the model that devices got
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
   * @param checkedIn devices that checked in
   * @param cohort devices on the roster
   * @param survivors devices in the sum
   * @param dropped devices that dropped out, by step
   * @param faults devices that sent shares that do not fit
   * @param modelVersion version that it made
   * @param epsilonSpent by all rounds of the federation's version up to this one
   * @param abortReason why it was aborted; null unless it was
   * @param abortDetail the same for people
   * @param createdAt when it began
   * @param updatedAt when its state last changed
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

  /**
   * Devices that dropped out, by the step that they did not finish.
   *
   * @param advertise devices that published no keys
   * @param share devices that handed over no shares
   * @param upload devices that did not upload
   * @param signSurvivors devices that did not confirm the survivors
   * @param reveal devices that revealed nothing
   */
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
