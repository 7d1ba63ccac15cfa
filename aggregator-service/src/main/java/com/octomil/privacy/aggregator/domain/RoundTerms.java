package com.octomil.privacy.aggregator.domain;

import com.octomil.privacy.secagg.Grouping;
import java.util.List;
import java.util.Optional;

/**
 * What everybody in a round agrees on; the wire form is {@code octomil.secagg.v1.RoundParameters}.
 *
 * @param federationVersion version of the federation's privacy configuration
 * @param modelHash SHA-256 of the model that devices train on
 * @param vectorLength number of model coordinates
 * @param secureAggregation empty: devices upload clear updates
 * @param graphNonceCommitment present exactly with secure aggregation
 * @param targetCohort roster size at which the round stops waiting, and the public denominator of
 *     the average
 * @param minSurvivors fewer contributions abort the round
 * @param roundNumber within the job, from 1
 * @param weighting empty: every update counts the same
 * @param grouping how the roster is split; empty: it is not
 */
public record RoundTerms(
    RoundId round,
    FederationName federation,
    int federationVersion,
    Octets modelHash,
    int vectorLength,
    Encoding encoding,
    Optional<SecureAggregationTerms> secureAggregation,
    Optional<Octets> graphNonceCommitment,
    Optional<Noise> noise,
    int targetCohort,
    int minSurvivors,
    Deadlines deadlines,
    Algorithm algorithm,
    int localEpochs,
    double learningRate,
    int roundNumber,
    List<String> regions,
    Optional<Weighting> weighting,
    Optional<Grouping> grouping) {

  public RoundTerms {
    if (secureAggregation.isPresent() != graphNonceCommitment.isPresent()) {
      throw new IllegalArgumentException(
          "the graph nonce commitment belongs to secure aggregation");
    }
    if (noise.isPresent() && weighting.filter(Weighting::counted).isPresent()) {
      throw new IllegalArgumentException("weights are not counted with differential privacy");
    }
    if (grouping.isPresent() && secureAggregation.isEmpty()) {
      throw new IllegalArgumentException("groups belong to secure aggregation");
    }
    regions = List.copyOf(regions);
  }
}
