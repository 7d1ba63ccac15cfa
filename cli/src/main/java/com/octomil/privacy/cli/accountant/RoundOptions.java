package com.octomil.privacy.cli.accountant;

import com.octomil.privacy.dp.accounting.Adjacency;
import com.octomil.privacy.dp.accounting.PrivacyEvent;
import com.octomil.privacy.dp.accounting.Sampling;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import picocli.CommandLine.Option;

/** The options that say what one round is. */
final class RoundOptions {
  @Option(
      names = "--mechanism",
      defaultValue = "gaussian",
      description =
          "gaussian, discrete-gaussian (noise multiplier: sigma), laplace (scale), tree (with"
              + " --steps), skellam (standard deviation), zcdp (rho) or epsdelta (epsilon)."
              + " Default: ${DEFAULT-VALUE}.")
  private String mechanism = "gaussian";

  @Option(
      names = "--sampling-rate",
      defaultValue = "1",
      description = "Probability that a device is drawn for a round. Default: 1, no sampling.")
  private double samplingRate = 1;

  @Option(
      names = "--sampling",
      description =
          "none, poisson, truncated-poisson (with --population and --max-cohort) or"
              + " without-replacement (with --adjacency replace-one). Default: poisson if the rate"
              + " is below 1.")
  private Optional<String> sampling = Optional.empty();

  @Option(names = "--population", description = "Devices that may be drawn.")
  private Optional<Long> population = Optional.empty();

  @Option(names = "--max-cohort", description = "Largest cohort of truncated Poisson sampling.")
  private Optional<Long> maxCohort = Optional.empty();

  @Option(names = "--steps", description = "Leaves of a tree.")
  private Optional<Long> steps = Optional.empty();

  @Option(
      names = "--adjacency",
      defaultValue = "add-remove",
      description = "add-remove, replace-one or zero-out. Default: ${DEFAULT-VALUE}.")
  private String adjacency = "add-remove";

  Adjacency adjacency() {
    return Rounds.adjacency(adjacency);
  }

  PrivacyEvent event(double noiseMultiplier) {
    return new PrivacyEvent(
        Rounds.mechanism(
            mechanism,
            noiseMultiplier,
            optional(steps),
            OptionalDouble.empty(),
            OptionalDouble.empty()),
        sampling());
  }

  Sampling sampling() {
    String name = sampling.orElse(samplingRate == 1 ? "none" : "poisson");
    return Rounds.sampling(name, samplingRate, optional(population), optional(maxCohort));
  }

  private static OptionalLong optional(Optional<Long> value) {
    return value.map(OptionalLong::of).orElse(OptionalLong.empty());
  }
}
