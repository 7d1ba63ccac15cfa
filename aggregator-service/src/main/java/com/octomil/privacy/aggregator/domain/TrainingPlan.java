package com.octomil.privacy.aggregator.domain;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What the operator asked for.
 *
 * @param rounds rounds to publish
 * @param minUpdates fewer contributions than this abort a round
 * @param localEpochs passes over its data that a device makes in a round
 * @param learningRate of the devices
 * @param serverLearningRate factor on the average update, or on what the algorithm makes of it
 * @param cohort roster size at which a round stops waiting for devices, and the public denominator
 *     of the average
 * @param phaseTimeout how long each phase of a round may take
 * @param maxExamples updates count as the number of examples behind them, up to this; empty: all
 *     the same
 * @param aggregation how updates become one
 */
public record TrainingPlan(
    Algorithm algorithm,
    int rounds,
    int minUpdates,
    int localEpochs,
    double learningRate,
    double serverLearningRate,
    int cohort,
    Duration phaseTimeout,
    OptionalInt maxExamples,
    Aggregation aggregation) {

  public TrainingPlan {
    positive("rounds", rounds);
    positive("min_updates", minUpdates);
    positive("local_epochs", localEpochs);
    positive("learning_rate", learningRate);
    positive("server_learning_rate", serverLearningRate);
    positive("cohort", cohort);
    positive("phase_timeout_seconds", phaseTimeout.toMillis());
    maxExamples.ifPresent(cap -> positive("max_examples", cap));
    if (maxExamples.isPresent() && aggregation.separately()) {
      throw new IllegalArgumentException("a robust aggregation has no weights");
    }
    if (cohort < minUpdates) {
      throw new IllegalArgumentException(
          "cohort is " + cohort + "; it must be at least min_updates, " + minUpdates);
    }
  }

  /** How updates are weighted in rounds with or without differential privacy. */
  public Optional<Weighting> weighting(boolean differentialPrivacy) {
    return maxExamples.isPresent()
        ? Optional.of(new Weighting(maxExamples.getAsInt(), !differentialPrivacy))
        : Optional.empty();
  }

  private static void positive(String field, double value) {
    if (!(value > 0 && Double.isFinite(value))) {
      throw new IllegalArgumentException(
          field + " is " + value + "; it must be finite and greater than 0");
    }
  }
}
