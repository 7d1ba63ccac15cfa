package com.octomil.privacy.dp.accounting;

/**
 * An interval that contains the exact value of the theorem used; enforcement uses the upper end.
 * For fixed-size and truncated sampling the theorem itself is an upper bound, and so is the
 * interval.
 */
public record EpsilonInterval(double lower, double upper) {}
