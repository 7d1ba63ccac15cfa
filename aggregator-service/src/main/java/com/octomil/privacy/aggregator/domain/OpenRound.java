package com.octomil.privacy.aggregator.domain;

import com.octomil.privacy.secagg.Grouping;
import com.octomil.privacy.secagg.RoundHash;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * A round as it was opened: everything that devices' calls and the driver need and that no longer
 * changes.
 *
 * @param roundHash hash of the serialized parameters
 * @param ticketKey Ed25519 key that verifies the tickets of the round
 * @param graphNonce present exactly with secure aggregation
 * @param weighting empty: every update counts the same
 * @param sealing present exactly without secure aggregation; rounds that an earlier release opened
 *     have none
 * @param grouping how the roster is split; empty: it is not
 */
public record OpenRound(
    RoundAttempt attempt,
    Octets parameters,
    RoundHash roundHash,
    Octets ticketKey,
    Optional<Octets> graphNonce,
    String reservationId,
    int federationVersion,
    int vectorLength,
    Encoding encoding,
    Optional<Noise> noise,
    int targetCohort,
    int minSurvivors,
    Instant uploadDeadline,
    Instant signDeadline,
    Instant revealDeadline,
    Optional<Weighting> weighting,
    Optional<Sealing> sealing,
    Optional<Grouping> grouping) {

  public RoundId id() {
    return attempt.id();
  }

  /** Coordinates of the sum: those of the model, then counters, then the clipping bit. */
  public int coordinates() {
    return vectorLength
        + weighting.map(Weighting::counters).orElse(0)
        + noise.map(Noise::counters).orElse(0);
  }

  /** Whether the last coordinate is a clipping bit. */
  public boolean clippingBit() {
    return noise.flatMap(Noise::clipping).isPresent();
  }

  /** Groups that a roster is split into. */
  public int groups(int rosterSize) {
    return grouping.map(how -> how.groups(rosterSize)).orElse(1);
  }

  /** When sharing ends: phases are equally long, as {@link Deadlines#from} makes them. */
  public Instant shareDeadline() {
    return uploadDeadline.minus(Duration.between(uploadDeadline, signDeadline));
  }

  public boolean secureAggregation() {
    return graphNonce.isPresent();
  }
}
