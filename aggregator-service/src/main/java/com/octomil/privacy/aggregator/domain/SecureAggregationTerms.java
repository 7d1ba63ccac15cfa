package com.octomil.privacy.aggregator.domain;

import com.octomil.privacy.secagg.CohortAssumptions;

/**
 * What secure aggregation has to withstand.
 *
 * @param minParticipatingClients fewer survivors abort the round
 * @param reconstructionThreshold fraction of a neighbourhood that must survive; only ever raises
 *     the computed threshold
 */
public record SecureAggregationTerms(
    CohortAssumptions assumptions, int minParticipatingClients, double reconstructionThreshold) {}
