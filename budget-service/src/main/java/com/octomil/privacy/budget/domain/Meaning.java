package com.octomil.privacy.budget.domain;

import java.math.BigDecimal;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * What the numbers of a configuration mean.
 *
 * @param accountant which theorem the budget is enforced with; empty without differential privacy
 * @param epsilonPerRound loss of one round on its own; empty without differential privacy
 * @param roundsAffordable rounds that the rest of the budget affords; empty without differential
 *     privacy
 * @param neighbourDegree neighbours per device at the expected cohort; empty without secure
 *     aggregation
 * @param threshold neighbours needed to rebuild a secret; empty without secure aggregation
 * @param plannedDropoutFraction what the neighbour graph is built to withstand; empty without
 *     secure aggregation
 * @param abortProbability probability that a round aborts at the assumed drop-out; empty without
 *     secure aggregation
 * @param ringBits width of one coordinate of an upload
 * @param warnings what is worth a second look
 */
public record Meaning(
    Optional<Accountant> accountant,
    Optional<Epsilon> epsilonPerRound,
    Optional<Long> roundsAffordable,
    Optional<Integer> neighbourDegree,
    Optional<Integer> threshold,
    Optional<BigDecimal> plannedDropoutFraction,
    OptionalDouble abortProbability,
    int ringBits,
    List<Warning> warnings) {

  /** Copies the warnings. */
  public Meaning {
    warnings = List.copyOf(warnings);
  }
}
