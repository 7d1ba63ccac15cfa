package com.octomil.privacy.budget.domain.compliance;

import java.time.Instant;
import java.util.Optional;

/**
 * What a report is made from beside the configuration.
 *
 * @param keyOutsideDatabase whether the key of the audit log lies outside the database
 * @param lastCheckpoint when the federation's log was last signed; empty: never
 * @param firstRound when the first round of the version was reserved; empty: none yet
 * @param dpiaBundle when the first DPIA bundle of the version was made; empty: none yet
 * @param pseudonymousReports how many reports of the relay about this federation's devices are in
 *     the log; each names devices by pseudonym
 */
public record Evidence(
    boolean keyOutsideDatabase,
    Optional<Instant> lastCheckpoint,
    Optional<Instant> firstRound,
    Optional<Instant> dpiaBundle,
    long pseudonymousReports) {}
