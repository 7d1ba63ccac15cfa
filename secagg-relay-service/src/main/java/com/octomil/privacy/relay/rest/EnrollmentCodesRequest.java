package com.octomil.privacy.relay.rest;

import io.quarkus.runtime.annotations.RegisterForReflection;
import org.jspecify.annotations.Nullable;

/**
 * Asks for enrolment codes.
 *
 * @param count how many, 1 to 10,000
 * @param expiresIn life of the codes in seconds; absent: the configured one
 * @param region region to bind the devices to; absent: none
 */
@RegisterForReflection
public record EnrollmentCodesRequest(
    @Nullable Integer count, @Nullable Long expiresIn, @Nullable String region) {}
