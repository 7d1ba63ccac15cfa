package com.octomil.privacy.budget.domain.compliance;

import java.time.Instant;
import java.util.UUID;

/**
 * A DPIA bundle: a ZIP archive, kept as it was made.
 *
 * @param version of the federation that it describes
 * @param configuration number of the configuration in force then
 * @param sha256 of the archive, hexadecimal
 * @param bytes size of the archive
 * @param createdBy identifier of an API key
 */
public record DpiaBundle(
    UUID id,
    int version,
    int configuration,
    String sha256,
    int bytes,
    Instant createdAt,
    String createdBy) {}
