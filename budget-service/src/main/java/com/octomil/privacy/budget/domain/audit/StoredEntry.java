package com.octomil.privacy.budget.domain.audit;

import java.time.Instant;

/**
 * An entry as it is stored. The arrays are not to be changed.
 *
 * @param canonical canonical JSON
 * @param digest of the canonical JSON
 * @param hash of the chain after it
 * @param type for filters; the truth is in {@code canonical}
 * @param at for filters
 */
public record StoredEntry(
    long sequence, String canonical, byte[] digest, byte[] hash, String type, Instant at) {}
