package com.octomil.privacy.federation;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What to train; null means the service's default.
 *
 * @param model name of the model
 * @param algorithm for example {@code fedavg}
 * @param rounds rounds to publish
 * @param minUpdates fewer contributions abort a round
 * @param localEpochs passes over the local data; null: the service's default
 * @param learningRate step size of the device; null: the service's default
 * @param serverLearningRate factor on the average update; null: the service's default
 * @param proximalMu weight of the proximal term, with algorithm {@code fedprox}
 * @param beta1 decay of the first moment, with algorithm {@code fedadam}
 * @param beta2 decay of the second moment, with algorithm {@code fedadam}
 * @param tau degree of adaptivity, with algorithm {@code fedadam}
 * @param cohort devices that a round waits for
 * @param phaseTimeoutSeconds how long each phase of a round may take
 * @param weighting {@code uniform} or {@code examples}
 * @param maxExamples public cap of an update's weight, with weighting {@code examples}
 * @param aggregation {@code mean}, {@code trimmed_mean} or {@code coordinate_median}
 * @param trimFraction of the updates, left out at each end, with {@code trimmed_mean}
 */
public record TrainingOrder(
    String model,
    String algorithm,
    int rounds,
    int minUpdates,
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

  /**
   * With the service's defaults for everything else.
   *
   * @param model name of the model
   * @param algorithm for example {@code fedavg}
   * @param rounds number of rounds, at least 1
   * @param minUpdates fewest devices in a sum
   */
  public TrainingOrder(String model, String algorithm, int rounds, int minUpdates) {
    this(
        model,
        algorithm,
        rounds,
        minUpdates,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        null);
  }

  /**
   * With passes over the local data and the step size of the devices.
   *
   * @param epochs at least 1
   * @param rate greater than 0
   * @return a copy
   */
  public TrainingOrder withLocalTraining(int epochs, double rate) {
    return new TrainingOrder(
        model,
        algorithm,
        rounds,
        minUpdates,
        epochs,
        rate,
        serverLearningRate,
        proximalMu,
        beta1,
        beta2,
        tau,
        cohort,
        phaseTimeoutSeconds,
        weighting,
        maxExamples,
        aggregation,
        trimFraction);
  }

  /**
   * With a factor on the average update.
   *
   * @param rate greater than 0
   * @return a copy
   */
  public TrainingOrder withServerLearningRate(double rate) {
    return new TrainingOrder(
        model,
        algorithm,
        rounds,
        minUpdates,
        localEpochs,
        learningRate,
        rate,
        proximalMu,
        beta1,
        beta2,
        tau,
        cohort,
        phaseTimeoutSeconds,
        weighting,
        maxExamples,
        aggregation,
        trimFraction);
  }

  /**
   * FedProx with this weight of the proximal term, greater than 0.
   *
   * @param mu the weight
   * @return a copy
   */
  public TrainingOrder withProximalTerm(double mu) {
    return new TrainingOrder(
        model,
        "fedprox",
        rounds,
        minUpdates,
        localEpochs,
        learningRate,
        serverLearningRate,
        mu,
        null,
        null,
        null,
        cohort,
        phaseTimeoutSeconds,
        weighting,
        maxExamples,
        aggregation,
        trimFraction);
  }

  /**
   * FedAdam with this step size of the server, decays of the moments and degree of adaptivity.
   *
   * @param rate step size of the server
   * @param firstDecay beta1
   * @param secondDecay beta2
   * @param adaptivity tau
   * @return a copy
   */
  public TrainingOrder withAdaptiveServer(
      double rate, double firstDecay, double secondDecay, double adaptivity) {
    return new TrainingOrder(
        model,
        "fedadam",
        rounds,
        minUpdates,
        localEpochs,
        learningRate,
        rate,
        null,
        firstDecay,
        secondDecay,
        adaptivity,
        cohort,
        phaseTimeoutSeconds,
        weighting,
        maxExamples,
        aggregation,
        trimFraction);
  }

  /**
   * With the number of devices that a round waits for.
   *
   * @param devices at least the fewest in a sum
   * @return a copy
   */
  public TrainingOrder withCohort(int devices) {
    return new TrainingOrder(
        model,
        algorithm,
        rounds,
        minUpdates,
        localEpochs,
        learningRate,
        serverLearningRate,
        proximalMu,
        beta1,
        beta2,
        tau,
        devices,
        phaseTimeoutSeconds,
        weighting,
        maxExamples,
        aggregation,
        trimFraction);
  }

  /**
   * With the longest duration of a phase.
   *
   * @param timeout of each phase
   * @return a copy
   */
  public TrainingOrder withPhaseTimeout(Duration timeout) {
    return new TrainingOrder(
        model,
        algorithm,
        rounds,
        minUpdates,
        localEpochs,
        learningRate,
        serverLearningRate,
        proximalMu,
        beta1,
        beta2,
        tau,
        cohort,
        timeout.toMillis() / 1000.0,
        weighting,
        maxExamples,
        aggregation,
        trimFraction);
  }

  /**
   * Updates count as the number of examples behind them, up to a public cap.
   *
   * @param cap at least 1
   * @return a copy
   */
  public TrainingOrder weightedByExamples(int cap) {
    return new TrainingOrder(
        model,
        algorithm,
        rounds,
        minUpdates,
        localEpochs,
        learningRate,
        serverLearningRate,
        proximalMu,
        beta1,
        beta2,
        tau,
        cohort,
        phaseTimeoutSeconds,
        "examples",
        cap,
        aggregation,
        trimFraction);
  }

  /**
   * Without the largest and the smallest values of each coordinate; only without secure aggregation
   * and differential privacy.
   *
   * @param fraction of the updates, left out at each end; greater than 0 and less than 0.5
   * @return a copy
   */
  public TrainingOrder withTrimmedMean(double fraction) {
    return aggregatedBy("trimmed_mean", fraction);
  }

  /**
   * With the median of each coordinate; only without secure aggregation and differential privacy.
   *
   * @return a copy
   */
  public TrainingOrder withCoordinateMedian() {
    return aggregatedBy("coordinate_median", null);
  }

  private TrainingOrder aggregatedBy(String how, @Nullable Double fraction) {
    return new TrainingOrder(
        model,
        algorithm,
        rounds,
        minUpdates,
        localEpochs,
        learningRate,
        serverLearningRate,
        proximalMu,
        beta1,
        beta2,
        tau,
        cohort,
        phaseTimeoutSeconds,
        weighting,
        maxExamples,
        how,
        fraction);
  }
}
