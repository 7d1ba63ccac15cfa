package com.octomil.privacy.budget.domain;

import java.time.Instant;

/**
 * A federation.
 *
 * @param name its name
 * @param version its current version, from 1
 * @param configured whether the current version has a privacy configuration
 * @param createdAt when it was created
 */
public record Federation(FederationName name, int version, boolean configured, Instant createdAt) {}
