package com.octomil.privacy.aggregator.app;

import com.octomil.privacy.aggregator.config.AggregatorConfig;
import com.octomil.privacy.aggregator.domain.Aggregation;
import com.octomil.privacy.aggregator.domain.Algorithm;
import com.octomil.privacy.aggregator.domain.BudgetLedger;
import com.octomil.privacy.aggregator.domain.ClippingNorm;
import com.octomil.privacy.aggregator.domain.Fault;
import com.octomil.privacy.aggregator.domain.FederationName;
import com.octomil.privacy.aggregator.domain.JobId;
import com.octomil.privacy.aggregator.domain.JobState;
import com.octomil.privacy.aggregator.domain.JobStore;
import com.octomil.privacy.aggregator.domain.Model;
import com.octomil.privacy.aggregator.domain.ModelName;
import com.octomil.privacy.aggregator.domain.ModelStore;
import com.octomil.privacy.aggregator.domain.PrivacyConfiguration;
import com.octomil.privacy.aggregator.domain.RevealStore;
import com.octomil.privacy.aggregator.domain.RoundId;
import com.octomil.privacy.aggregator.domain.RoundStatus;
import com.octomil.privacy.aggregator.domain.RoundStore;
import com.octomil.privacy.aggregator.domain.TrainingJob;
import com.octomil.privacy.aggregator.domain.TrainingPlan;
import com.octomil.privacy.kit.error.ErrorCode;
import com.octomil.privacy.kit.error.FieldViolation;
import com.octomil.privacy.kit.error.ServiceException;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.UUID;

/** Starts, shows and stops training jobs. Thread-safe. */
@ApplicationScoped
public class TrainingJobs {
  /** Reason of a pause that the operator asked for. */
  static final String PAUSED = "Paused by the operator.";

  private static final int LISTED = 100;

  private final JobStore jobs;
  private final RoundStore rounds;
  private final RevealStore reveals;
  private final ModelStore models;
  private final BudgetLedger budget;
  private final JobRunner runner;
  private final ClearRounds clearRounds;
  private final AggregatorConfig config;
  private final Clock clock;

  TrainingJobs(
      JobStore jobs,
      RoundStore rounds,
      RevealStore reveals,
      ModelStore models,
      BudgetLedger budget,
      JobRunner runner,
      ClearRounds clearRounds,
      AggregatorConfig config,
      Clock clock) {
    this.jobs = jobs;
    this.rounds = rounds;
    this.reveals = reveals;
    this.models = models;
    this.budget = budget;
    this.runner = runner;
    this.clearRounds = clearRounds;
    this.config = config;
    this.clock = clock;
  }

  /**
   * What an operator asks for; values are in range.
   *
   * @param cohort empty: the expected cohort of the privacy configuration
   * @param phaseTimeout empty: the configured default
   * @param maxExamples cap of the weight of an update; empty: all count the same
   * @param aggregation how updates become one
   */
  public record Order(
      ModelName model,
      Algorithm algorithm,
      int rounds,
      int minUpdates,
      int localEpochs,
      double learningRate,
      double serverLearningRate,
      OptionalInt cohort,
      Optional<Duration> phaseTimeout,
      OptionalInt maxExamples,
      Aggregation aggregation) {}

  /**
   * A job and its attempts at rounds, by number and attempt.
   *
   * @param faults what was found out about devices, for rounds that had any
   * @param norm of the next round; empty before the first one with adaptive clipping has ended
   */
  public record Progress(
      TrainingJob job,
      List<RoundStatus> rounds,
      Map<RoundId, List<Fault>> faults,
      Optional<ClippingNorm> norm) {

    /** A job without its rounds. */
    public static Progress of(TrainingJob job) {
      return new Progress(job, List.of(), Map.of(), Optional.empty());
    }
  }

  /**
   * Starts a job.
   *
   * @throws ServiceException {@code NOT_FOUND} for an unknown federation or model, {@code
   *     INVALID_VALUE} if the plan cannot run under the privacy configuration, {@code CONFLICT} if
   *     the federation has an active job
   */
  public TrainingJob start(FederationName federation, Order order) {
    PrivacyConfiguration configuration =
        budget
            .configuration(federation)
            .orElseThrow(() -> ModelCatalog.unknownFederation(federation));
    Model model =
        models
            .find(federation, order.model())
            .orElseThrow(() -> ModelCatalog.unknownModel(order.model()));
    order
        .aggregation()
        .refusal(configuration)
        .ifPresent(reason -> {
          throw ServiceException.invalidField(
              ErrorCode.INVALID_VALUE,
              new FieldViolation("aggregation", order.aggregation().id(), reason));
        });
    int cohort = order.cohort().orElse(configuration.expectedCohort());
    requireAtLeast(cohort, configuration.minSurvivors(order.minUpdates()), order);
    TrainingPlan plan =
        new TrainingPlan(
            order.algorithm(),
            order.rounds(),
            order.minUpdates(),
            order.localEpochs(),
            order.learningRate(),
            order.serverLearningRate(),
            cohort,
            order.phaseTimeout().orElse(config.phaseTimeout()),
            order.maxExamples(),
            order.aggregation());
    RoundOpening.impossible(plan, configuration, model.vectorLength(), config.maxGroupSize())
        .or(() -> clearRounds.tooLarge(order.aggregation(), cohort, model.vectorLength()))
        .ifPresent(reason -> {
          throw ServiceException.invalidField(
              ErrorCode.INVALID_VALUE,
              new FieldViolation("cohort", Integer.toString(cohort), reason));
        });
    Instant now = clock.instant();
    TrainingJob job =
        new TrainingJob(
            new JobId(UUID.randomUUID()),
            federation,
            order.model(),
            plan,
            JobState.PENDING,
            Optional.empty(),
            false,
            0,
            now,
            now);
    if (!jobs.create(job)) {
      throw busy(federation);
    }
    runner.wake();
    return job;
  }

  private static void requireAtLeast(int cohort, int minSurvivors, Order order) {
    if (cohort >= minSurvivors) {
      return;
    }
    // Name the field that the caller wrote.
    FieldViolation violation =
        order.cohort().isPresent()
            ? new FieldViolation(
                "cohort",
                Integer.toString(cohort),
                "must be at least "
                    + minSurvivors
                    + ", the larger of min_updates and min_participating_clients of the privacy configuration")
            : new FieldViolation(
                "min_updates",
                Integer.toString(order.minUpdates()),
                "must be at most the cohort, which is the expected cohort "
                    + cohort
                    + " of the privacy configuration, as must be min_participating_clients");
    throw ServiceException.invalidField(ErrorCode.INVALID_VALUE, violation);
  }

  /** Newest first. */
  public List<TrainingJob> list(FederationName federation) {
    return jobs.list(federation, LISTED);
  }

  public Progress get(FederationName federation, JobId id) {
    TrainingJob job = find(federation, id);
    List<RoundStatus> attempts = rounds.ofJob(id);
    Optional<ClippingNorm> norm =
        attempts.stream().anyMatch(round -> round.bits().isPresent())
            ? models
                .find(federation, job.model())
                .flatMap(
                    model -> models.clippingNorm(federation, job.model(), model.latest().version()))
                .filter(left -> left.job().equals(id))
            : Optional.empty();
    return new Progress(job, attempts, reveals.faults(id), norm);
  }

  /** Attempts at one round of a job, by attempt; never empty. */
  public List<RoundStatus> round(FederationName federation, JobId id, int number) {
    List<RoundStatus> attempts =
        get(federation, id).rounds().stream()
            .filter(round -> round.attempt().number() == number)
            .toList();
    if (attempts.isEmpty()) {
      throw new ServiceException(ErrorCode.NOT_FOUND, "The job has no round " + number + " yet.");
    }
    return attempts;
  }

  /** The released aggregate of a round, int64 little-endian. */
  public byte[] aggregate(FederationName federation, JobId id, int number) {
    return round(federation, id, number).stream()
        .filter(round -> round.state().published())
        .findFirst()
        .flatMap(round -> rounds.aggregate(round.id()))
        .orElseThrow(() ->
            new ServiceException(
                ErrorCode.NOT_FOUND, "Round " + number + " has not been published."));
  }

  /**
   * Cancels a job; a round that runs is aborted. Cancelling a cancelled job has no effect.
   *
   * @throws ServiceException {@code CONFLICT} if the job has ended otherwise
   */
  public TrainingJob cancel(FederationName federation, JobId id) {
    find(federation, id);
    boolean cancelled =
        jobs.transition(
            id,
            Set.of(JobState.PENDING, JobState.RUNNING, JobState.PAUSED),
            JobState.CANCELLED,
            Optional.of("Cancelled by the operator."),
            clock.instant());
    TrainingJob job = find(federation, id);
    if (!cancelled && job.state() != JobState.CANCELLED) {
      throw new ServiceException(
          ErrorCode.CONFLICT, "The job is " + job.state().id() + "; it cannot be cancelled.");
    }
    runner.deactivate(id);
    return job;
  }

  /**
   * Pauses a job once the round that runs is over; one that does not run pauses at once. Repeating
   * it has no effect.
   *
   * @throws ServiceException {@code CONFLICT} if the job has ended
   */
  public TrainingJob pause(FederationName federation, JobId id) {
    find(federation, id);
    boolean requested = jobs.requestPause(id, PAUSED, clock.instant());
    TrainingJob job = find(federation, id);
    if (!requested && job.state() != JobState.PAUSED) {
      throw new ServiceException(
          ErrorCode.CONFLICT, "The job is " + job.state().id() + "; it cannot be paused.");
    }
    return job;
  }

  /**
   * Resumes a paused job.
   *
   * @throws ServiceException {@code CONFLICT} if it is not paused or the federation has an active
   *     job
   */
  public TrainingJob resume(FederationName federation, JobId id) {
    TrainingJob job = find(federation, id);
    if (job.state() != JobState.PAUSED) {
      throw new ServiceException(
          ErrorCode.CONFLICT, "The job is " + job.state().id() + "; only a paused job resumes.");
    }
    if (!jobs.resume(id, clock.instant())) {
      throw busy(federation);
    }
    runner.wake();
    return find(federation, id);
  }

  private TrainingJob find(FederationName federation, JobId id) {
    return jobs.find(federation, id).orElseThrow(() -> unknownJob(id));
  }

  static ServiceException unknownJob(JobId id) {
    return new ServiceException(
        ErrorCode.NOT_FOUND, "There is no training job " + id + " in this federation.");
  }

  private static ServiceException busy(FederationName federation) {
    return new ServiceException(
        ErrorCode.CONFLICT,
        "The federation '" + federation + "' has an active training job; one runs at a time.");
  }
}
