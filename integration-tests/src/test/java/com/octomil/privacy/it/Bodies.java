package com.octomil.privacy.it;

/** Request bodies. */
final class Bodies {

  private Bodies() {}

  /**
   * A privacy configuration with a clipping norm of 1.
   *
   * @param differentialPrivacy its fields, each with a comma behind it; empty: switched off
   */
  static String privacy(
      String differentialPrivacy, boolean secureAggregation, int cohort, int quantizationBits) {
    return """
    {"differential_privacy": {"enabled": %b, %s "max_grad_norm": 1.0},
     "secure_aggregation": {"enabled": %b, "min_participating_clients": 10, "reconstruction_threshold": 0.5,
      "dropout_fraction": 0.25},
     "expected_cohort": %d, "quantization_bits": %d}
    """
        .formatted(
            !differentialPrivacy.isEmpty(),
            differentialPrivacy,
            secureAggregation,
            cohort,
            quantizationBits);
  }

  /**
   * A training of the model "m".
   *
   * @param phaseSeconds a step with a drop-out takes as long; without one it ends when everybody
   *     has come
   */
  static String training(int rounds, int cohort, int phaseSeconds) {
    return training(rounds, cohort, phaseSeconds, "");
  }

  /** As above, with updates that count as their number of examples. */
  static String weightedTraining(int rounds, int cohort, int phaseSeconds, int maxExamples) {
    return training(
        rounds,
        cohort,
        phaseSeconds,
        ", \"weighting\": \"examples\", \"max_examples\": " + maxExamples);
  }

  /** As above, with the median of each coordinate. */
  static String medianTraining(int rounds, int cohort, int phaseSeconds) {
    return training(rounds, cohort, phaseSeconds, ", \"aggregation\": \"coordinate_median\"");
  }

  private static String training(int rounds, int cohort, int phaseSeconds, String more) {
    return """
    {"model": "m", "algorithm": "fedavg", "rounds": %d, "min_updates": 10, "cohort": %d,
     "phase_timeout_seconds": %d%s}
    """
        .formatted(rounds, cohort, phaseSeconds, more);
  }
}
