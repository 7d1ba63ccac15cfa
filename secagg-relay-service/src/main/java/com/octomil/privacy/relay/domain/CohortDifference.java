package com.octomil.privacy.relay.domain;

/**
 * How far the survivors of a round are from those of an earlier sum over the same model.
 *
 * @param round the earlier round
 * @param devices devices that are in one of the two only; at least one
 * @param minimum fewest of them with which both sums may be known
 */
public record CohortDifference(RoundId round, int devices, int minimum) {}
