package com.octomil.privacy.aggregator.domain;

import java.math.BigDecimal;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * A round as far as it has come.
 *
 * @param checkedIn devices that got a ticket
 * @param cohort devices on the roster
 * @param sharers devices that shared, or could have uploaded without secure aggregation
 * @param survivors bitmap over roster indices; present once uploading is closed
 * @param survivorCount devices in the sum
 * @param signed survivors that confirmed the survivor set
 * @param revealed survivors that revealed shares
 * @param publishedVersion model version that the round made
 * @param publishedHash SHA-256 of that version
 * @param sumUnmasked whether a sum may have been unmasked
 * @param settled whether budget and relay know how the round ended
 * @param epsilonSpent of the federation after the round
 */
public record RoundStatus(
    RoundAttempt attempt,
    RoundState state,
    Optional<String> reservationId,
    boolean secureAggregation,
    OptionalInt targetCohort,
    OptionalInt checkedIn,
    OptionalInt cohort,
    OptionalInt sharers,
    Optional<Octets> survivors,
    OptionalInt survivorCount,
    OptionalInt signed,
    OptionalInt revealed,
    OptionalInt publishedVersion,
    Optional<Octets> publishedHash,
    boolean sumUnmasked,
    boolean settled,
    Optional<Abort> abort,
    Optional<BigDecimal> epsilonSpent,
    Instant createdAt,
    Instant updatedAt) {

  public RoundId id() {
    return attempt.id();
  }
}
