package com.octomil.privacy.aggregator.rest;

import com.octomil.privacy.aggregator.domain.Abort;
import com.octomil.privacy.aggregator.domain.JobProgress;
import io.quarkus.runtime.annotations.RegisterForReflection;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.sse.OutboundSseEvent;
import jakarta.ws.rs.sse.Sse;
import java.math.BigDecimal;
import org.jspecify.annotations.Nullable;

/** Changes of jobs as server-sent events. */
final class ProgressViews {
  private ProgressViews() {}

  /** Data of the event {@code job}. */
  @RegisterForReflection
  public record JobChange(
      String state,
      @Nullable String reason,
      boolean pauseRequested,
      int roundsRequested,
      int roundsCompleted) {}

  /** Data of the event {@code round}. */
  @RegisterForReflection
  public record RoundChange(
      int number,
      int attempt,
      String roundId,
      String state,
      @Nullable Integer checkedIn,
      @Nullable Integer cohort,
      @Nullable Integer survivors,
      @Nullable Integer modelVersion,
      @Nullable BigDecimal epsilonSpent,
      @Nullable Double clipNorm,
      @Nullable String abortReason,
      @Nullable String abortDetail) {}

  static OutboundSseEvent of(Sse sse, JobProgress.Change change) {
    OutboundSseEvent.Builder event =
        sse.newEventBuilder()
            .id(change.position().toString())
            .mediaType(MediaType.APPLICATION_JSON_TYPE);
    return switch (change) {
      case JobProgress.Change.OfJob(JobProgress job, var position) ->
          event
              .name("job")
              .data(
                  new JobChange(
                      job.state().id(),
                      job.reason().orElse(null),
                      job.pauseRequested(),
                      job.roundsRequested(),
                      job.roundsCompleted()))
              .build();
      case JobProgress.Change.OfRound(JobProgress.Attempt round, var position) ->
          event
              .name("round")
              .data(
                  new RoundChange(
                      round.number(),
                      round.attempt(),
                      round.id().hex(),
                      round.state().id(),
                      TrainingViews.orNull(round.checkedIn()),
                      TrainingViews.orNull(round.cohort()),
                      TrainingViews.orNull(round.survivors()),
                      TrainingViews.orNull(round.publishedVersion()),
                      round.epsilonSpent().orElse(null),
                      TrainingViews.orNull(round.clipNorm()),
                      round.abort().map(abort -> abort.reason().id()).orElse(null),
                      round.abort().map(Abort::detail).orElse(null)))
              .build();
    };
  }
}
