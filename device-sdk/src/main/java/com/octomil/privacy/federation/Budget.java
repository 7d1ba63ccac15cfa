package com.octomil.privacy.federation;

import java.math.BigDecimal;
import org.jspecify.annotations.Nullable;

/**
 * What a federation's current version has spent; epsilon is null without differential privacy.
 *
 * @param federation name of the federation
 * @param version version of the federation
 * @param epsilon total budget
 * @param delta of the promise; null without differential privacy
 * @param epsilonSpent by all rounds so far
 * @param epsilonReserved held by rounds that are not resolved yet; counts as spent
 * @param epsilonRemaining what is left
 * @param roundsCompleted rounds that were published
 * @param roundsReserved rounds whose end is not known yet; they count as spent
 * @param roundsAffordable null without a limit
 * @param budgetExhausted whether no further round is affordable
 * @param accountant theorem that adds up the rounds; null without differential privacy
 * @param guarantee what is promised, in words; null without differential privacy
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
