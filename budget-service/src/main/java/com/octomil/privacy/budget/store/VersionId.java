package com.octomil.privacy.budget.store;

import jakarta.persistence.Column;
import jakarta.persistence.Embeddable;
import java.io.Serializable;

/** Key of {@code budget.federation_version}. */
@Embeddable
record VersionId(
    @Column(name = "federation") String federation, @Column(name = "version") int version)
    implements Serializable {}
