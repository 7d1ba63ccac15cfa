package com.octomil.privacy.aggregator.domain;

import java.time.Duration;
import java.time.Instant;

/** When each phase of a round ends at the latest. */
public record Deadlines(
    Instant advertise, Instant share, Instant upload, Instant signSurvivors, Instant reveal) {

  /** One {@code phaseTimeout} after another from {@code start}. */
  public static Deadlines from(Instant start, Duration phaseTimeout) {
    return new Deadlines(
        start.plus(phaseTimeout),
        start.plus(phaseTimeout.multipliedBy(2)),
        start.plus(phaseTimeout.multipliedBy(3)),
        start.plus(phaseTimeout.multipliedBy(4)),
        start.plus(phaseTimeout.multipliedBy(5)));
  }
}
