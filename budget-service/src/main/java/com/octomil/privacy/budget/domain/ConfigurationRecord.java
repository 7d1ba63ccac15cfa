package com.octomil.privacy.budget.domain;

import com.octomil.privacy.budget.domain.ConfiguredVersion.Change;

/**
 * A configuration that is or was in force.
 *
 * @param tag which one
 * @param configuration what it said
 * @param change who put it in force and when
 */
public record ConfigurationRecord(
    ConfigurationTag tag, PrivacyConfiguration configuration, Change change) {}
