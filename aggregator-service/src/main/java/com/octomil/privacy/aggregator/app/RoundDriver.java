package com.octomil.privacy.aggregator.app;

import com.octomil.privacy.aggregator.config.AggregatorConfig;
import com.octomil.privacy.aggregator.domain.Abort;
import com.octomil.privacy.aggregator.domain.AbortReason;
import com.octomil.privacy.aggregator.domain.Model;
import com.octomil.privacy.aggregator.domain.ModelStore;
import com.octomil.privacy.aggregator.domain.RoundAttempt;
import com.octomil.privacy.aggregator.domain.RoundId;
import com.octomil.privacy.aggregator.domain.RoundState;
import com.octomil.privacy.aggregator.domain.RoundStatus;
import com.octomil.privacy.aggregator.domain.RoundStore;
import com.octomil.privacy.aggregator.domain.TrainingJob;
import com.octomil.privacy.kit.error.ServiceException;
import jakarta.enterprise.context.ApplicationScoped;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Runs one attempt at a round from the reservation to the publication: reads its state, does what
 * that state asks for, reads again. Since nothing else decides what comes next, a driver goes on
 * with a round that another one left, in the state in which it left it. Blocking; one attempt at a
 * time for each job, on a thread that may wait. Every wait has an end.
 */
@ApplicationScoped
class RoundDriver {
  private static final Logger LOG = Logger.getLogger(RoundDriver.class);

  private static final long MAX_PAUSE_MILLIS = 1000;

  /** Failures of the database this far apart belong to different outages. */
  private static final Duration OUTAGES_APART = Duration.ofSeconds(30);

  private final RoundStore rounds;
  private final ModelStore models;
  private final RoundOpening opening;
  private final KeyExchange exchange;
  private final SurvivorPhases survivors;
  private final RoundPublication publication;
  private final RoundSettlement settlement;
  private final ClearRounds clearRounds;
  private final Peers peers;
  private final AggregatorConfig config;
  private final SecureRandom random;
  private final Clock clock;
  private final RoundMetrics metrics;

  RoundDriver(
      RoundStore rounds,
      ModelStore models,
      RoundOpening opening,
      KeyExchange exchange,
      SurvivorPhases survivors,
      RoundPublication publication,
      RoundSettlement settlement,
      ClearRounds clearRounds,
      Peers peers,
      AggregatorConfig config,
      SecureRandom random,
      Clock clock,
      RoundMetrics metrics) {
    this.rounds = rounds;
    this.models = models;
    this.opening = opening;
    this.exchange = exchange;
    this.survivors = survivors;
    this.publication = publication;
    this.settlement = settlement;
    this.clearRounds = clearRounds;
    this.peers = peers;
    this.config = config;
    this.random = random;
    this.clock = clock;
    this.metrics = metrics;
  }

  /** How an attempt ended. */
  sealed interface End {
    /** The round is published; it may not be committed yet. */
    record Published() implements End {}

    /** Without a result; another attempt may succeed. */
    record Aborted(Abort abort) implements End {}

    /** Refused by the budget, before any device was asked. */
    record BudgetExhausted(String reason) implements End {}

    /** Refused by the pins of the federation, before any device was asked. */
    record Refused(String reason) implements End {}

    /** No attempt can succeed. */
    record Impossible(String reason) implements End {}
  }

  /**
   * Runs an attempt; whatever happens the round is over afterwards, unless the driver was stopped.
   *
   * @throws JobControl.Stopped if the lease is gone; the round is left as it is
   */
  End run(TrainingJob job, int number, int attemptNumber, JobControl control) {
    Model model = models.find(job.federation(), job.model()).orElseThrow();
    RoundAttempt attempt =
        new RoundAttempt(
            RoundId.random(random),
            job.id(),
            job.federation(),
            job.model(),
            number,
            attemptNumber,
            model.latest().version());
    rounds.begin(attempt, clock.instant());
    return drive(job, attempt, control);
  }

  /** Goes on with an attempt that another driver left; like {@link #run} afterwards. */
  End resume(TrainingJob job, RoundAttempt attempt, JobControl control) {
    LOG.info("going on with a round that another driver left");
    metrics.resumed();
    return drive(job, attempt, control);
  }

  private End drive(TrainingJob job, RoundAttempt attempt, JobControl control) {
    End end;
    try (RoundRun run = new RoundRun(job, attempt, control)) {
      end = drive(run);
    } finally {
      clearRounds.forget(attempt.id());
    }
    metrics.ended(outcome(end));
    return end;
  }

  private End drive(RoundRun run) {
    Outage outage = new Outage();
    while (true) {
      try {
        run.control().check();
        Optional<End> end = step(run);
        if (end.isPresent()) {
          return end.get();
        }
        outage.over();
      } catch (RoundAborted e) {
        return aborted(run, e.abort());
      } catch (JobControl.Stopped e) {
        throw e;
      } catch (ServiceException e) {
        run.control().check();
        // Peers have been waited for; this is the database. Its state is read again.
        if (!Peers.worthRetrying(e) || outage.tooLong()) {
          LOG.warnf("round aborted: %s", e.detail());
          return aborted(run, new Abort(AbortReason.INTERNAL, e.detail()));
        }
        peers.pause(run.control(), outage.pause());
      } catch (RuntimeException e) {
        run.control().check();
        LOG.error("round aborted by an unexpected failure", e);
        return aborted(
            run, new Abort(AbortReason.INTERNAL, "The aggregator failed; its log has the reason."));
      }
    }
  }

  /** Does what the state of the round asks for; the end, if it is reached. */
  private Optional<End> step(RoundRun run) {
    RoundStatus status =
        rounds
            .status(run.id())
            .orElseThrow(() -> new IllegalStateException("the round that is being driven is gone"));
    if (status.state() != RoundState.RESERVING && !status.state().over()) {
      clearRounds.requireKey(run.opened(rounds));
    }
    switch (status.state()) {
      case RESERVING -> {
        return opening.reserveAndOpen(run);
      }
      case OPEN -> exchange.run(run);
      case UPLOADING -> survivors.collect(run);
      case SIGNING -> survivors.awaitSigned(run, status);
      case REVEALING -> survivors.awaitRevealed(run, status);
      case UNMASKING -> publication.publish(run, status);
      case PUBLISHED, COMMITTED -> {
        return Optional.of(new End.Published());
      }
      case ABORTED -> {
        return Optional.of(new End.Aborted(status.abort().orElseThrow()));
      }
    }
    return Optional.empty();
  }

  /** Ends the round, if it is still this driver's to end. */
  private End aborted(RoundRun run, Abort abort) {
    if (settlement.abort(run.id(), run.control().lease(), abort)) {
      return new End.Aborted(abort);
    }
    RoundStatus status = rounds.status(run.id()).orElseThrow();
    if (status.state() == RoundState.ABORTED) {
      return new End.Aborted(status.abort().orElseThrow());
    }
    if (status.state().published()) {
      return new End.Published();
    }
    throw new JobControl.Stopped();
  }

  private static String outcome(End end) {
    return switch (end) {
      case End.Published p -> RoundMetrics.PUBLISHED;
      case End.Aborted(Abort abort) -> abort.reason().id();
      case End.BudgetExhausted e -> RoundMetrics.BUDGET_EXHAUSTED;
      case End.Refused r -> RoundMetrics.REFUSED;
      case End.Impossible i -> RoundMetrics.IMPOSSIBLE;
    };
  }

  /** How long the database has been out of reach. */
  private final class Outage {
    private @Nullable Instant since;
    private @Nullable Instant last;
    private long pause = 100;

    void over() {
      since = null;
      last = null;
      pause = 100;
    }

    boolean tooLong() {
      Instant now = clock.instant();
      Instant before = last;
      if (since == null || before == null || before.plus(OUTAGES_APART).isBefore(now)) {
        since = now;
      }
      last = now;
      return !now.isBefore(since.plus(config.peerPatience()));
    }

    long pause() {
      pause = Math.min(2 * pause, MAX_PAUSE_MILLIS);
      return pause;
    }
  }
}
