package com.octomil.privacy.budget.store;

import io.quarkus.hibernate.reactive.panache.PanacheRepositoryBase;
import jakarta.enterprise.context.ApplicationScoped;

/** Queries of {@link FederationEntity}. */
@ApplicationScoped
class FederationRepository implements PanacheRepositoryBase<FederationEntity, String> {}
