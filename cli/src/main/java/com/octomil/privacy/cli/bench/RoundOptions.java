package com.octomil.privacy.cli.bench;

import java.time.Duration;

/**
 * What a round under load looks like.
 *
 * @param devices size of the cohort
 * @param modelSize coordinates of the model
 * @param rounds measured rounds one after the other
 * @param warmUp rounds before them that are not measured
 * @param dropout share of the devices that vanishes before it uploads
 * @param phaseTimeout how long a step waits for the devices that vanished
 */
record RoundOptions(
    int devices, int modelSize, int rounds, int warmUp, double dropout, Duration phaseTimeout) {

  /** Neighbourhoods of the default assumptions need about this many. */
  private static final int MIN_DEVICES = 20;

  private static final int MAX_DEVICES = 10_000;
  private static final int MAX_MODEL_SIZE = 10_000_000;
  private static final int MAX_ROUNDS = 50;
  private static final double MAX_DROPOUT = 0.2;

  RoundOptions {
    within("--devices", devices, MIN_DEVICES, MAX_DEVICES);
    within("--model-size", modelSize, 1, MAX_MODEL_SIZE);
    within("--rounds", rounds, 1, MAX_ROUNDS);
    within("--warm-up", warmUp, 0, MAX_ROUNDS);
    if (!(dropout >= 0 && dropout <= MAX_DROPOUT)) {
      throw new IllegalArgumentException(
          "--dropout is " + dropout + "; it must be between 0 and " + MAX_DROPOUT);
    }
    if (phaseTimeout.compareTo(Duration.ofSeconds(1)) < 0
        || phaseTimeout.compareTo(Duration.ofHours(1)) > 0) {
      throw new IllegalArgumentException(
          "--phase-timeout is "
              + phaseTimeout.toSeconds()
              + " seconds; it must be between 1 and 3600");
    }
  }

  static void within(String option, int value, int least, int most) {
    if (value < least || value > most) {
      throw new IllegalArgumentException(
          option + " is " + value + "; it must be between " + least + " and " + most);
    }
  }

  /** Whether a device vanishes: evenly spread, the same ones in every round. */
  boolean vanishes(int device) {
    return (int) ((device + 1) * dropout) > (int) (device * dropout);
  }
}
