package com.octomil.privacy.aggregator.config;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotNull;
import java.time.Duration;

/** Settings of the aggregator beside those of Quarkus. */
@ConfigMapping(prefix = "octomil.aggregator")
public interface AggregatorConfig {

  /** Largest model that may be stored, in octets. */
  @WithDefault("67108864")
  @Min(4)
  @Max(1073741824)
  int maxModelBytes();

  /**
   * Memory for uploads that are not durable yet, in octets. A device whose upload does not fit is
   * told to try again. At least {@link #maxModelBytes}.
   */
  @WithDefault("268435456")
  @Min(4)
  long uploadBytesInFlight();

  /**
   * Larger rosters with secure aggregation are split into groups of at most this many devices, each
   * with a neighbour graph of its own: a group that loses too many devices is left out of the sum
   * and takes no other with it. Not where a smaller graph could not be private and correct, nor
   * with noise that the devices add.
   */
  @WithDefault("1000")
  @Min(5)
  @Max(1000000)
  int maxGroupSize();

  /** How often a round is tried before its job fails. */
  @WithDefault("3")
  @Min(1)
  @Max(100)
  int attemptsPerRound();

  /** How long each phase of a round may take if the job does not say. */
  @WithDefault("60s")
  Duration phaseTimeout();

  /** How long a round waits for the remaining survivors once every needed secret can be rebuilt. */
  @WithDefault("500ms")
  Duration revealGrace();

  /**
   * How long budget service and relay may be out of reach before the attempt at a round is given
   * up.
   */
  @WithDefault("60s")
  Duration peerPatience();

  /** How long a driver holds a job without renewing; after a crash another takes over then. */
  @WithDefault("10s")
  Duration lease();

  /** Jobs that one replica drives at most. */
  @WithDefault("64")
  @Min(1)
  @Max(10000)
  int maxJobs();

  /**
   * Streams of progress that one replica serves at a time; beyond it readers are told to try again.
   */
  @WithDefault("200")
  @Min(1)
  @Max(100000)
  int progressStreams();

  /**
   * Memory for the updates of one round with a robust aggregation, in octets: 4 for each coordinate
   * and device. A replica aggregates one such round at a time.
   */
  @WithDefault("268435456")
  @Min(4)
  long robustBytes();

  /** Threads for clipping, summing and unmasking; 0: one for each processor. */
  @WithDefault("0")
  @Min(0)
  @Max(1024)
  int cpuThreads();

  /**
   * How long the released sum of a round is kept. It is what a model can be rebuilt from without
   * the rounds of a device that is erased.
   */
  @WithDefault("P365D")
  @NotNull
  Duration roundAggregateRetention();

  /**
   * Deadline of a call to the budget service or the relay, beside the time that a long poll may be
   * held.
   */
  @WithDefault("5s")
  Duration peerDeadline();
}
