package com.octomil.privacy.budget.store;

import io.quarkus.hibernate.reactive.panache.PanacheRepositoryBase;
import jakarta.enterprise.context.ApplicationScoped;

/** Queries of {@link AllocationEntity}. */
@ApplicationScoped
class AllocationRepository implements PanacheRepositoryBase<AllocationEntity, ConfigurationId> {}
