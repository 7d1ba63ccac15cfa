package com.octomil.privacy.federation;

import java.math.BigDecimal;
import org.jspecify.annotations.Nullable;

/**
 * What a federation's current version has spent; epsilon is null without differential privacy.
 *
 * @param epsilon total budget
 * @param epsilonReserved held by rounds that are not resolved yet; counts as spent
 * @param roundsAffordable null without a limit
 */
public record Budget(
    String federation,
    int version,
    @Nullable BigDecimal epsilon,
    @Nullable BigDecimal delta,
    BigDecimal epsilonSpent,
    BigDecimal epsilonReserved,
    BigDecimal epsilonRemaining,
    long roundsCompleted,
    long roundsReserved,
    @Nullable Long roundsAffordable,
    boolean budgetExhausted,
    @Nullable String accountant,
    @Nullable String guarantee) {}
