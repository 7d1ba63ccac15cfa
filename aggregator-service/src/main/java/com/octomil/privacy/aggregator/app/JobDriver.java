package com.octomil.privacy.aggregator.app;

import com.octomil.privacy.aggregator.config.AggregatorConfig;
import com.octomil.privacy.aggregator.domain.Abort;
import com.octomil.privacy.aggregator.domain.AbortReason;
import com.octomil.privacy.aggregator.domain.JobState;
import com.octomil.privacy.aggregator.domain.JobStore;
import com.octomil.privacy.aggregator.domain.RoundAttempt;
import com.octomil.privacy.aggregator.domain.RoundStatus;
import com.octomil.privacy.aggregator.domain.RoundStore;
import com.octomil.privacy.aggregator.domain.TrainingJob;
import com.octomil.privacy.kit.trace.Spans;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Clock;
import java.util.Optional;
import java.util.Set;

/** Runs the rounds of a job one after the other. Blocking; one thread for each job. */
@ApplicationScoped
class JobDriver {
  private static final long PAUSE_AFTER_ABORT_MILLIS = 250;

  private final JobStore jobs;
  private final RoundStore rounds;
  private final RoundDriver driver;
  private final RoundSettlement settlement;
  private final Peers peers;
  private final Spans spans;
  private final AggregatorConfig config;
  private final Clock clock;

  JobDriver(
      JobStore jobs,
      RoundStore rounds,
      RoundDriver driver,
      RoundSettlement settlement,
      Peers peers,
      Spans spans,
      AggregatorConfig config,
      Clock clock) {
    this.jobs = jobs;
    this.rounds = rounds;
    this.driver = driver;
    this.settlement = settlement;
    this.peers = peers;
    this.spans = spans;
    this.config = config;
    this.clock = clock;
  }

  /** Drives a claimed job until it is no longer active or the driver is stopped. */
  void run(TrainingJob claimed, JobControl control) {
    TrainingJob job = claimed;
    int failures = 0;
    while (true) {
      control.check();
      Optional<RoundAttempt> unfinished = settlement.recover(job.id(), control);
      job = jobs.find(job.federation(), job.id()).orElseThrow();
      if (job.state() != JobState.RUNNING) {
        if (unfinished.isPresent()) {
          settlement.abort(unfinished.get().id(), control.lease(), cancelled());
          settlement.recover(job.id(), control);
        }
        return;
      }
      if (unfinished.isEmpty() && job.roundsCompleted() >= job.plan().rounds()) {
        end(job, JobState.COMPLETED, Optional.empty());
        return;
      }
      if (unfinished.isEmpty() && job.pauseRequested()) {
        end(job, JobState.PAUSED, Optional.of(TrainingJobs.PAUSED));
        return;
      }
      int number = unfinished.map(RoundAttempt::number).orElse(job.roundsCompleted() + 1);
      TrainingJob current = job;
      RoundDriver.End end =
          spans.inSpan(
              "round",
              () -> {
                RoundDriver.End ended =
                    unfinished.isPresent()
                        ? driver.resume(current, unfinished.get(), control)
                        : driver.run(current, number, nextAttempt(current, number), control);
                settlement.recover(current.id(), control);
                return ended;
              });
      switch (end) {
        case RoundDriver.End.Published() -> failures = 0;
        case RoundDriver.End.BudgetExhausted(String reason) ->
            end(job, JobState.PAUSED, Optional.of(reason));
        case RoundDriver.End.Refused(String reason) ->
            end(job, JobState.PAUSED, Optional.of(reason));
        case RoundDriver.End.Impossible(String reason) ->
            end(job, JobState.FAILED, Optional.of(reason));
        case RoundDriver.End.Aborted(Abort abort) -> {
          failures++;
          if (failures >= config.attemptsPerRound()) {
            end(
                job,
                JobState.FAILED,
                Optional.of(
                    "Round "
                        + number
                        + " was aborted "
                        + failures
                        + " times, last because: "
                        + abort.detail()));
          } else {
            peers.pause(control, PAUSE_AFTER_ABORT_MILLIS);
          }
        }
      }
    }
  }

  private static Abort cancelled() {
    return new Abort(AbortReason.CANCELLED, "The training job was cancelled.");
  }

  private int nextAttempt(TrainingJob job, int number) {
    return rounds.ofJob(job.id()).stream()
            .map(RoundStatus::attempt)
            .filter(attempt -> attempt.number() == number)
            .mapToInt(attempt -> attempt.attempt())
            .max()
            .orElse(0)
        + 1;
  }

  private void end(TrainingJob job, JobState state, Optional<String> reason) {
    jobs.transition(job.id(), Set.of(JobState.RUNNING), state, reason, clock.instant());
  }
}
