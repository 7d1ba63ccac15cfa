package com.octomil.privacy.aggregator.rest;

import com.octomil.privacy.aggregator.domain.Erasure;
import com.octomil.privacy.aggregator.domain.RoundId;
import io.quarkus.runtime.annotations.RegisterForReflection;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** JSON of erasures. */
public final class ErasureViews {

  /** What a rebuild does and does not do. */
  static final String REBUILD_LIMITS =
      "The sums of the named rounds are left out and all later sums are applied again. Later sums were computed by"
          + " devices that had received the earlier model, so an indirect influence can remain, bounded by the"
          + " privacy guarantee of those rounds; a model without any needs training from the named version on.";

  private ErasureViews() {}

  /** Erasures, newest first. */
  @RegisterForReflection
  public record ErasureList(List<ErasureView> erasures) {}

  /**
   * An erasure.
   *
   * @param id identifier of the erasure, a UUID
   * @param federation its name
   * @param pseudonym of the device in this federation
   * @param reason as it was given
   * @param requestedBy identifier of the API key
   * @param requestedAt when it was asked for
   * @param excludedFromFutureRounds always true
   * @param budgetRefunded always false: what was revealed stays revealed
   * @param rounds rounds that the device was admitted to
   * @param rebuilds models that were rebuilt without them
   * @param roundAggregateRetention how long sums of rounds are kept, ISO 8601
   * @param rebuildLimits what a rebuild does not undo
   */
  @RegisterForReflection
  public record ErasureView(
      String id,
      String federation,
      String pseudonym,
      String reason,
      String requestedBy,
      String requestedAt,
      boolean excludedFromFutureRounds,
      boolean budgetRefunded,
      List<AttendedView> rounds,
      List<RebuildView> rebuilds,
      String roundAggregateRetention,
      String rebuildLimits) {}

  /**
   * A round that the device was admitted to; null where the aggregator does not know the round.
   *
   * @param roundId identifier of the round, hexadecimal
   * @param admittedAt when it was admitted
   * @param counted whether its update is in the sum
   * @param inModel whether a present model has that sum in it
   * @param jobId job of the round
   * @param model name of the model
   * @param number of the round within its job
   * @param state how the round ended
   * @param publishedVersion version that the round made; null without one
   * @param aggregateRetained whether its sum is still there, so that later rounds can be replayed
   */
  @RegisterForReflection
  public record AttendedView(
      String roundId,
      String admittedAt,
      boolean counted,
      boolean inModel,
      @Nullable String jobId,
      @Nullable String model,
      @Nullable Integer number,
      @Nullable String state,
      @Nullable Integer publishedVersion,
      boolean aggregateRetained) {}

  /**
   * A rebuild; version and replayed are null if it could not be done, problem otherwise.
   *
   * @param model name of the model
   * @param fromVersion version that it takes the place of
   * @param excludedRounds rounds that are not in it, hexadecimal
   * @param version number of the new version
   * @param replayedRounds rounds that were applied again
   * @param problem why it could not be rebuilt
   * @param createdAt when it was tried
   */
  @RegisterForReflection
  public record RebuildView(
      String model,
      int fromVersion,
      List<String> excludedRounds,
      @Nullable Integer version,
      @Nullable Integer replayedRounds,
      @Nullable String problem,
      String createdAt) {}

  static ErasureView of(Erasure erasure, Duration retention) {
    return new ErasureView(
        erasure.id().toString(),
        erasure.federation().value(),
        erasure.pseudonym(),
        erasure.reason(),
        erasure.requestedBy(),
        erasure.requestedAt().toString(),
        true,
        false,
        erasure.rounds().stream().map(ErasureViews::of).toList(),
        erasure.rebuilds().stream().map(ErasureViews::of).toList(),
        retention.toString(),
        REBUILD_LIMITS);
  }

  private static AttendedView of(Erasure.Attended attended) {
    Erasure.Round round = attended.round().orElse(null);
    return new AttendedView(
        attended.id().hex(),
        attended.admittedAt().toString(),
        attended.counted(),
        attended.inModel(),
        round == null ? null : round.job().toString(),
        round == null ? null : round.model().value(),
        round == null ? null : round.number(),
        round == null ? null : round.state().name().toLowerCase(Locale.ROOT),
        round == null || round.publishedVersion().isEmpty()
            ? null
            : Integer.valueOf(round.publishedVersion().getAsInt()),
        round != null && round.aggregateRetained());
  }

  private static RebuildView of(Erasure.Rebuild rebuild) {
    List<String> excluded = rebuild.excluded().stream().map(RoundId::hex).toList();
    String at = rebuild.createdAt().toString();
    return switch (rebuild.outcome()) {
      case Erasure.RebuildOutcome.Made(int version, int replayed) ->
          new RebuildView(
              rebuild.model().value(),
              rebuild.fromVersion(),
              excluded,
              version,
              replayed,
              null,
              at);
      case Erasure.RebuildOutcome.Impossible(String problem) ->
          new RebuildView(
              rebuild.model().value(), rebuild.fromVersion(), excluded, null, null, problem, at);
    };
  }
}
