package com.octomil.privacy.aggregator.rest;

import com.octomil.privacy.aggregator.app.TrainingJobs;
import com.octomil.privacy.aggregator.domain.Aggregation;
import com.octomil.privacy.aggregator.domain.Algorithm;
import com.octomil.privacy.dp.sensitivity.ClippedWeight;
import com.octomil.privacy.kit.error.ErrorCode;
import com.octomil.privacy.kit.error.FieldViolation;
import com.octomil.privacy.kit.error.ServiceException;
import io.quarkus.runtime.annotations.RegisterForReflection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * Body of a request for training. Required: model, algorithm, rounds, min_updates.
 *
 * @param cohort devices that a round waits for, and the denominator of the average; the expected
 *     cohort of the privacy configuration if absent
 * @param phaseTimeoutSeconds how long each phase of a round may take; the service's default if
 *     absent
 * @param proximalMu weight of the proximal term; with algorithm {@code fedprox}, and only then
 * @param serverLearningRate factor on the average update, or with {@code fedadam} on its direction
 * @param beta1 decay of the first moment; beta1, beta2 and tau with algorithm {@code fedadam} only
 * @param beta2 decay of the second moment
 * @param tau how little the step may adapt to small updates
 * @param weighting {@code uniform}, the default, or {@code examples}: updates count as the number
 *     of examples behind them
 * @param maxExamples public cap of an update's weight; with weighting {@code examples}, and only
 *     then
 * @param aggregation {@code mean}, the default, {@code trimmed_mean} or {@code coordinate_median};
 *     the robust ones only without secure aggregation and differential privacy
 * @param trimFraction of the updates, left out at each end; with {@code trimmed_mean}, and only
 *     then
 */
@RegisterForReflection
public record TrainingRequest(
    @Nullable String model,
    @Nullable String algorithm,
    @Nullable Integer rounds,
    @Nullable Integer minUpdates,
    @Nullable Integer localEpochs,
    @Nullable Double learningRate,
    @Nullable Double serverLearningRate,
    @Nullable Double proximalMu,
    @Nullable Double beta1,
    @Nullable Double beta2,
    @Nullable Double tau,
    @Nullable Integer cohort,
    @Nullable Double phaseTimeoutSeconds,
    @Nullable String weighting,
    @Nullable Integer maxExamples,
    @Nullable String aggregation,
    @Nullable Double trimFraction) {

  static final String FEDAVG_EXAMPLE =
      """
      {"model": "risk", "algorithm": "fedavg", "rounds": 10, "min_updates": 10, "local_epochs": 2}\
      """;
  static final String FEDPROX_EXAMPLE =
      """
      {"model": "risk", "algorithm": "fedprox", "proximal_mu": 0.01, "rounds": 10, "min_updates": 10}\
      """;
  static final String FEDADAM_EXAMPLE =
      """
      {"model": "risk", "algorithm": "fedadam", "server_learning_rate": 0.01, "beta1": 0.9, "beta2": 0.99,
       "tau": 0.001, "rounds": 10, "min_updates": 10}\
      """;
  static final String TRIMMED_EXAMPLE =
      """
      {"model": "risk", "algorithm": "fedavg", "aggregation": "trimmed_mean", "trim_fraction": 0.1, "rounds": 10,
       "min_updates": 10}\
      """;

  static final String UNIFORM = "uniform";
  static final String EXAMPLES = "examples";
  private static final int MAX_ROUNDS = 1_000_000;
  private static final int MAX_COHORT = 1_000_000;
  private static final int MAX_EPOCHS = 10_000;
  private static final double MAX_RATE = 1e6;
  private static final double MIN_TIMEOUT = 0.1;
  private static final double MAX_TIMEOUT = 86_400;
  private static final int DEFAULT_EPOCHS = 1;
  private static final double DEFAULT_LEARNING_RATE = 0.1;
  private static final double DEFAULT_SERVER_LEARNING_RATE = 1;
  // Of Reddi et al. (2021), section 5. The rate they tune for each task; with FedAdam it is about
  // how far a coordinate moves in a round.
  private static final double DEFAULT_BETA1 = 0.9;
  private static final double DEFAULT_BETA2 = 0.99;
  private static final double DEFAULT_TAU = 1e-3;
  private static final double DEFAULT_ADAPTIVE_SERVER_LEARNING_RATE = 0.01;

  /**
   * Checks every field and names all that are wrong.
   *
   * @throws ServiceException {@code INVALID_REQUEST} for a missing field or a bad name, {@code
   *     INVALID_VALUE} for values out of range
   */
  TrainingJobs.Order toOrder() {
    requirePresent();
    String modelName =
        com.octomil.privacy.kit.validation.Names.requireDnsLabel(
            "model", Objects.requireNonNull(model));
    List<FieldViolation> violations = new ArrayList<>();
    Optional<Algorithm> known = algorithm(violations);
    between(violations, "rounds", rounds, 1, MAX_ROUNDS);
    between(violations, "min_updates", minUpdates, 1, MAX_COHORT);
    between(violations, "local_epochs", localEpochs, 1, MAX_EPOCHS);
    positive(violations, "learning_rate", learningRate);
    positive(violations, "server_learning_rate", serverLearningRate);
    between(violations, "cohort", cohort, 1, MAX_COHORT);
    if (phaseTimeoutSeconds != null
        && !(phaseTimeoutSeconds >= MIN_TIMEOUT && phaseTimeoutSeconds <= MAX_TIMEOUT)) {
      violations.add(
          new FieldViolation(
              "phase_timeout_seconds",
              phaseTimeoutSeconds.toString(),
              "must be between " + MIN_TIMEOUT + " and " + MAX_TIMEOUT));
    }
    between(violations, "max_examples", maxExamples, 1, ClippedWeight.MAX_WEIGHT);
    String how = Objects.requireNonNullElse(weighting, UNIFORM);
    if (!how.equals(UNIFORM) && !how.equals(EXAMPLES)) {
      violations.add(new FieldViolation("weighting", how, "must be uniform or examples"));
    } else if (how.equals(EXAMPLES) != (maxExamples != null)) {
      violations.add(
          new FieldViolation(
              "max_examples",
              maxExamples == null ? null : maxExamples.toString(),
              how.equals(EXAMPLES)
                  ? "is required with weighting examples"
                  : "must be absent unless weighting is examples"));
    }
    Optional<Aggregation> combined = aggregation(violations, how);
    if (!violations.isEmpty()) {
      throw new ServiceException(
          ErrorCode.INVALID_VALUE, "Some values are not accepted.", violations);
    }
    return new TrainingJobs.Order(
        Names.model("model", modelName),
        known.orElseThrow(),
        Objects.requireNonNull(rounds),
        Objects.requireNonNull(minUpdates),
        Objects.requireNonNullElse(localEpochs, DEFAULT_EPOCHS),
        Objects.requireNonNullElse(learningRate, DEFAULT_LEARNING_RATE),
        Objects.requireNonNullElse(
            serverLearningRate,
            known.orElseThrow() instanceof Algorithm.FedAdam
                ? DEFAULT_ADAPTIVE_SERVER_LEARNING_RATE
                : DEFAULT_SERVER_LEARNING_RATE),
        cohort == null ? OptionalInt.empty() : OptionalInt.of(cohort),
        phaseTimeoutSeconds == null
            ? Optional.empty()
            : Optional.of(Duration.ofMillis(Math.round(phaseTimeoutSeconds * 1000))),
        maxExamples == null ? OptionalInt.empty() : OptionalInt.of(maxExamples),
        combined.orElseThrow());
  }

  /** The algorithm; empty if there are violations. */
  private Optional<Algorithm> algorithm(List<FieldViolation> violations) {
    String id = Objects.requireNonNull(algorithm);
    int before = violations.size();
    positive(violations, "proximal_mu", proximalMu);
    belongs(violations, "proximal_mu", proximalMu, Algorithm.FedProx.ID);
    if (id.equals(Algorithm.FedProx.ID) && proximalMu == null) {
      violations.add(new FieldViolation("proximal_mu", null, "is required with algorithm fedprox"));
    }
    decay(violations, "beta1", beta1);
    decay(violations, "beta2", beta2);
    if (tau != null && !(tau >= Algorithm.FedAdam.MIN_TAU && tau <= Algorithm.FedAdam.MAX_TAU)) {
      violations.add(
          new FieldViolation(
              "tau",
              tau.toString(),
              "must be between "
                  + Algorithm.FedAdam.MIN_TAU
                  + " and "
                  + Algorithm.FedAdam.MAX_TAU));
    }
    belongs(violations, "beta1", beta1, Algorithm.FedAdam.ID);
    belongs(violations, "beta2", beta2, Algorithm.FedAdam.ID);
    belongs(violations, "tau", tau, Algorithm.FedAdam.ID);
    if (violations.size() > before) {
      return Optional.empty();
    }
    switch (id) {
      case Algorithm.FedAvg.ID:
        return Optional.of(new Algorithm.FedAvg());
      case Algorithm.FedProx.ID:
        return Optional.of(new Algorithm.FedProx(Objects.requireNonNull(proximalMu)));
      case Algorithm.FedAdam.ID:
        return Optional.of(
            new Algorithm.FedAdam(
                Objects.requireNonNullElse(beta1, DEFAULT_BETA1),
                Objects.requireNonNullElse(beta2, DEFAULT_BETA2),
                Objects.requireNonNullElse(tau, DEFAULT_TAU)));
      default:
        violations.add(new FieldViolation("algorithm", id, "must be fedavg, fedprox or fedadam"));
        return Optional.empty();
    }
  }

  /** The aggregation; empty if there are violations. */
  private Optional<Aggregation> aggregation(List<FieldViolation> violations, String how) {
    String id = Objects.requireNonNullElse(aggregation, Aggregation.Mean.ID);
    boolean trimmed = id.equals(Aggregation.TrimmedMean.ID);
    int before = violations.size();
    if (trimmed != (trimFraction != null)) {
      violations.add(
          new FieldViolation(
              "trim_fraction",
              trimFraction == null ? null : trimFraction.toString(),
              trimmed
                  ? "is required with aggregation trimmed_mean"
                  : "must be absent unless aggregation is trimmed_mean"));
    } else if (trimFraction != null && !(trimFraction > 0 && trimFraction < 0.5)) {
      violations.add(
          new FieldViolation(
              "trim_fraction",
              trimFraction.toString(),
              "must be greater than 0 and less than 0.5"));
    }
    if (!id.equals(Aggregation.Mean.ID) && how.equals(EXAMPLES)) {
      violations.add(
          new FieldViolation(
              "aggregation",
              id,
              "must be mean with weighting examples: the others have no weights"));
    }
    if (violations.size() > before) {
      return Optional.empty();
    }
    Aggregation known;
    switch (id) {
      case Aggregation.Mean.ID:
        return Optional.of(new Aggregation.Mean());
      case Aggregation.TrimmedMean.ID:
        known = new Aggregation.TrimmedMean(Objects.requireNonNull(trimFraction));
        break;
      case Aggregation.CoordinateMedian.ID:
        known = new Aggregation.CoordinateMedian();
        break;
      default:
        violations.add(
            new FieldViolation(
                "aggregation", id, "must be mean, trimmed_mean or coordinate_median"));
        return Optional.empty();
    }
    if (minUpdates != null && minUpdates > 0 && known.leftOut(minUpdates) == 0) {
      violations.add(
          new FieldViolation(
              "min_updates",
              minUpdates.toString(),
              "must be so large that the "
                  + id
                  + " leaves out at least one update at each end"
                  + (trimmed ? ": at least 1 / trim_fraction" : ": at least 3")));
    }
    return Optional.of(known);
  }

  private static void decay(List<FieldViolation> violations, String field, @Nullable Double value) {
    if (value != null && !(value >= 0 && value < 1)) {
      violations.add(
          new FieldViolation(field, value.toString(), "must be at least 0 and less than 1"));
    }
  }

  private void belongs(
      List<FieldViolation> violations, String field, @Nullable Double value, String to) {
    if (value != null && !to.equals(algorithm)) {
      violations.add(
          new FieldViolation(field, value.toString(), "must be absent unless algorithm is " + to));
    }
  }

  private void requirePresent() {
    List<FieldViolation> missing = new ArrayList<>();
    present(missing, "model", model);
    present(missing, "algorithm", algorithm);
    present(missing, "rounds", rounds);
    present(missing, "min_updates", minUpdates);
    if (!missing.isEmpty()) {
      throw new ServiceException(
          ErrorCode.INVALID_REQUEST, "Required fields are missing.", missing);
    }
  }

  private static void present(List<FieldViolation> missing, String field, @Nullable Object value) {
    if (value == null) {
      missing.add(new FieldViolation(field, null, "is required"));
    }
  }

  private static void between(
      List<FieldViolation> violations, String field, @Nullable Integer value, int least, int most) {
    if (value != null && (value < least || value > most)) {
      violations.add(
          new FieldViolation(field, value.toString(), "must be between " + least + " and " + most));
    }
  }

  private static void positive(
      List<FieldViolation> violations, String field, @Nullable Double value) {
    if (value != null && !(value > 0 && value <= MAX_RATE)) {
      violations.add(
          new FieldViolation(
              field, value.toString(), "must be greater than 0 and at most " + MAX_RATE));
    }
  }
}
