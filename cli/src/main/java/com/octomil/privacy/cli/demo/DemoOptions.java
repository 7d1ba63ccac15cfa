package com.octomil.privacy.cli.demo;

import java.util.Optional;

/**
 * What to demonstrate.
 *
 * @param source data that the devices hold
 * @param rounds rounds of training
 * @param devices number of simulated devices
 * @param dropout fraction of the devices that drops out of each round
 * @param budget epsilon of the whole training; empty: no differential privacy
 * @param noiseMultiplier standard deviation of the noise divided by the clipping norm; empty: as
 *     much as the budget needs
 * @param secureAggregation whether updates are masked
 * @param seed of shuffles and drop-outs, so that a demonstration can be repeated; no secret comes
 *     from it
 */
record DemoOptions(
    Source source,
    int rounds,
    int devices,
    double dropout,
    Optional<Double> budget,
    Optional<Double> noiseMultiplier,
    boolean secureAggregation,
    long seed) {

  /** The federation that is created. */
  static final String FEDERATION = "health-risk-model";

  /** Fewer survivors abort a round. */
  static final int MIN_PARTICIPATING_CLIENTS = 10;

  static final double DELTA = 1e-5;

  private static final int MOST_ROUNDS = 10_000;
  private static final int MOST_DEVICES = 1_000;

  DemoOptions {
    require(rounds >= 1 && rounds <= MOST_ROUNDS, "--rounds", rounds, "1 to " + MOST_ROUNDS);
    require(
        devices >= MIN_PARTICIPATING_CLIENTS && devices <= MOST_DEVICES,
        "--devices",
        devices,
        MIN_PARTICIPATING_CLIENTS + " to " + MOST_DEVICES);
    require(dropout >= 0 && dropout < 1, "--dropout", dropout, "at least 0 and below 1");
    budget.ifPresent(epsilon ->
        require(
            epsilon > 0 && Double.isFinite(epsilon), "--epsilon", epsilon, "finite and above 0"));
    noiseMultiplier.ifPresent(noise ->
        require(
            noise > 0 && Double.isFinite(noise),
            "--noise-multiplier",
            noise,
            "finite and above 0"));
    if (budget.isEmpty() && noiseMultiplier.isPresent()) {
      throw new IllegalArgumentException("--noise-multiplier has no meaning together with --no-dp");
    }
  }

  private static void require(boolean holds, String option, Object value, String accepted) {
    if (!holds) {
      throw new IllegalArgumentException(option + " is " + value + "; accepted: " + accepted);
    }
  }
}
