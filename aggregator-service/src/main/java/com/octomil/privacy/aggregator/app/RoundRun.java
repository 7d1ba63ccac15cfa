package com.octomil.privacy.aggregator.app;

import com.octomil.privacy.aggregator.domain.OpenRound;
import com.octomil.privacy.aggregator.domain.Roster;
import com.octomil.privacy.aggregator.domain.RoundAttempt;
import com.octomil.privacy.aggregator.domain.RoundId;
import com.octomil.privacy.aggregator.domain.RoundStore;
import com.octomil.privacy.aggregator.domain.TrainingJob;
import com.octomil.privacy.aggregator.domain.TrainingPlan;
import com.octomil.privacy.aggregator.domain.Unmasking;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What one driver knows of the attempt that it drives. Nothing here is needed to go on: whoever
 * takes over reads the same from the store. For one thread.
 */
final class RoundRun implements AutoCloseable {
  private final TrainingJob job;
  private final RoundAttempt attempt;
  private final JobControl control;
  private @Nullable OpenRound opened;
  private @Nullable Roster roster;
  private @Nullable Unmasking unmasking;
  private @Nullable Instant enoughSince;

  RoundRun(TrainingJob job, RoundAttempt attempt, JobControl control) {
    this.job = job;
    this.attempt = attempt;
    this.control = control;
  }

  TrainingJob job() {
    return job;
  }

  TrainingPlan plan() {
    return job.plan();
  }

  RoundAttempt attempt() {
    return attempt;
  }

  RoundId id() {
    return attempt.id();
  }

  JobControl control() {
    return control;
  }

  OpenRound opened(RoundStore rounds) {
    OpenRound known = opened;
    if (known == null) {
      known = rounds.opened(id()).orElseThrow();
      opened = known;
    }
    return known;
  }

  Roster roster(RoundStore rounds) {
    Roster known = roster;
    if (known == null) {
      known = rounds.roster(id()).orElseThrow();
      roster = known;
    }
    return known;
  }

  /** Keeps rebuilt secrets for the next step. */
  void keep(Unmasking rebuilt) {
    close();
    unmasking = rebuilt;
  }

  /** The rebuilt secrets, once: removing masks erases them. */
  Optional<Unmasking> takeUnmasking() {
    Optional<Unmasking> taken = Optional.ofNullable(unmasking);
    unmasking = null;
    return taken;
  }

  /** When the shares that are needed first were there, given whether they are. */
  Optional<Instant> enoughSince(boolean enough, Instant now) {
    if (enough && enoughSince == null) {
      enoughSince = now;
    }
    return enough ? Optional.ofNullable(enoughSince) : Optional.empty();
  }

  /** The shares that seemed enough were not. */
  void notEnough(Instant now) {
    enoughSince = now;
  }

  /** Erases secrets. */
  @Override
  public void close() {
    takeUnmasking().ifPresent(Unmasking::erase);
  }
}
