package com.octomil.privacy.budget.domain.compliance;

import com.octomil.privacy.budget.domain.Clause;

/**
 * Whether a clause holds.
 *
 * @param applies whether the federation's profile contains it; others are reported for comparison
 * @param evidence what was looked at, and what was found
 */
public record Finding(Clause clause, boolean applies, boolean holds, String evidence) {}
