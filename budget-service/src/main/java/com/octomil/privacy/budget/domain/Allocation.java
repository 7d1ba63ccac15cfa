package com.octomil.privacy.budget.domain;

import com.octomil.privacy.budget.domain.ConfiguredVersion.Change;
import java.math.BigDecimal;

/**
 * Budget that was added to a version.
 *
 * @param tag the configuration that it put in force
 * @param epsilon how much
 * @param reason why
 * @param change by whom and when
 */
public record Allocation(ConfigurationTag tag, BigDecimal epsilon, String reason, Change change) {}
