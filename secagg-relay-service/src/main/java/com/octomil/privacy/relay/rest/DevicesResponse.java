package com.octomil.privacy.relay.rest;

import io.quarkus.runtime.annotations.RegisterForReflection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How many devices a federation has; never which.
 *
 * @param openEnrollmentCodes codes that could still be used
 */
@RegisterForReflection
public record DevicesResponse(
    String federation, long total, long openEnrollmentCodes, List<Count> devices) {

  /** Copies the list. */
  public DevicesResponse {
    devices = List.copyOf(devices);
  }

  /**
   * Devices in a state and region.
   *
   * @param state {@code enrolled}, {@code expired} or {@code revoked}
   * @param region null: none stated
   */
  @RegisterForReflection
  public record Count(String state, @Nullable String region, long count) {}
}
