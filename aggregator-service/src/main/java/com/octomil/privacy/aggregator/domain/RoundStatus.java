package com.octomil.privacy.aggregator.domain;

import java.math.BigDecimal;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;

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
 * @param weighting empty: every update counts the same
 * @param totalWeight sum of the weights of the survivors; present once published if they are
 *     counted
 * @param robust whether updates were kept apart for a robust aggregation
 * @param kept values behind each coordinate of a robust aggregation; present once published
 * @param clipNorm L2 bound of an update; present once opened
 * @param bits released clipping bits; present once published with adaptive clipping
 * @param groups groups that the roster is split into; present once uploading has started, with
 *     secure aggregation
 * @param groupsLeftOut groups that are not in the sum
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
    Instant updatedAt,
    Optional<Weighting> weighting,
    OptionalLong totalWeight,
    boolean robust,
    OptionalInt kept,
    OptionalDouble clipNorm,
    Optional<ClippingBits> bits,
    OptionalInt groups,
    int groupsLeftOut) {

  /**
   * What the sum of the round is divided by, as far as it is known: the target cohort, or the sum
   * of the weights in units of the largest one, or the values that a robust aggregation kept.
   */
  public Optional<Number> denominator() {
    if (robust) {
      return kept.isPresent() ? Optional.of(kept.getAsInt()) : Optional.empty();
    }
    if (weighting.filter(Weighting::counted).isPresent()) {
      return totalWeight.isPresent()
          ? Optional.of(Release.denominator(totalWeight.getAsLong(), weighting.get()))
          : Optional.empty();
    }
    return targetCohort.isPresent() ? Optional.of(targetCohort.getAsInt()) : Optional.empty();
  }

  public RoundId id() {
    return attempt.id();
  }
}
