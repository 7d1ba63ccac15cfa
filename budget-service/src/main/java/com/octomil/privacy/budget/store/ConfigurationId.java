package com.octomil.privacy.budget.store;

import jakarta.persistence.Column;
import jakarta.persistence.Embeddable;
import java.io.Serializable;

/** Key of {@code budget.privacy_configuration}. */
@Embeddable
record ConfigurationId(
    @Column(name = "federation") String federation,
    @Column(name = "version") int version,
    @Column(name = "number") int number)
    implements Serializable {}
