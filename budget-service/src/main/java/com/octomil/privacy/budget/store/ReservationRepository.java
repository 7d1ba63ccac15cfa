package com.octomil.privacy.budget.store;

import io.quarkus.hibernate.reactive.panache.PanacheRepositoryBase;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.UUID;

/** Queries of {@link ReservationEntity}. */
@ApplicationScoped
class ReservationRepository implements PanacheRepositoryBase<ReservationEntity, UUID> {}
