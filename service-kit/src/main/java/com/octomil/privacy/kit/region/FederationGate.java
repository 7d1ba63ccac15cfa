package com.octomil.privacy.kit.region;

import io.smallrye.mutiny.Uni;

/**
 * Whether this service may serve a federation over REST. Every service provides exactly one
 * implementation; it must not block the calling thread.
 */
public interface FederationGate {

  /**
   * Lets requests for a federation pass.
   *
   * @param federation a DNS label; it need not exist
   * @return fails with {@code REGION_REFUSED} if the federation is pinned to regions and this
   *     service is outside, or with {@code UNAVAILABLE} if that cannot be known now
   */
  Uni<Void> admit(String federation);
}
