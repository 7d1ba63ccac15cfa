package com.octomil.privacy.budget.store;

import io.quarkus.hibernate.reactive.panache.PanacheRepositoryBase;
import jakarta.enterprise.context.ApplicationScoped;

/** Queries of {@link VersionEntity}. */
@ApplicationScoped
class VersionRepository implements PanacheRepositoryBase<VersionEntity, VersionId> {}
