package com.octomil.privacy.aggregator.rest;

import com.octomil.privacy.aggregator.app.TrainingJobs;
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
 * @param weighting {@code uniform}, the default, or {@code examples}: updates count as the number
 *     of examples behind them
 * @param maxExamples public cap of an update's weight; with weighting {@code examples}, and only
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
    @Nullable Integer cohort,
    @Nullable Double phaseTimeoutSeconds,
    @Nullable String weighting,
    @Nullable Integer maxExamples) {

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
        Objects.requireNonNullElse(serverLearningRate, DEFAULT_SERVER_LEARNING_RATE),
        cohort == null ? OptionalInt.empty() : OptionalInt.of(cohort),
        phaseTimeoutSeconds == null
            ? Optional.empty()
            : Optional.of(Duration.ofMillis(Math.round(phaseTimeoutSeconds * 1000))),
        maxExamples == null ? OptionalInt.empty() : OptionalInt.of(maxExamples));
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
    if (violations.size() > before) {
      return Optional.empty();
    }
    switch (id) {
      case Algorithm.FedAvg.ID:
        return Optional.of(new Algorithm.FedAvg());
      case Algorithm.FedProx.ID:
        return Optional.of(new Algorithm.FedProx(Objects.requireNonNull(proximalMu)));
      default:
        violations.add(new FieldViolation("algorithm", id, "must be fedavg or fedprox"));
        return Optional.empty();
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
