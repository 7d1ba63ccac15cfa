package com.octomil.privacy.budget.domain;

import java.math.BigDecimal;
import java.util.Locale;

/**
 * A committed round that is out of the ordinary.
 *
 * @param rule which rule found it
 * @param value what was seen
 * @param usual what it was compared with
 */
public record Spike(Rule rule, BigDecimal value, BigDecimal usual) {

  /** What a round is measured by. */
  public enum Rule {
    /** Its loss on its own: the configuration drifts. */
    EPSILON_PER_ROUND,
    /** What it added to the spent epsilon: the accountant or its terms changed. */
    EPSILON_ADDED,
    /** How often rounds run: somebody trains more than before. */
    ROUNDS_PER_HOUR,
    /** Devices in its sum: devices stay away or are kept away. */
    COHORT;

    /** Name in the API and in the metrics. */
    public String id() {
      return name().toLowerCase(Locale.ROOT);
    }
  }
}
