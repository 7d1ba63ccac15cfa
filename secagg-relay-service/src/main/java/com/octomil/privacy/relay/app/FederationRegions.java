package com.octomil.privacy.relay.app;

import com.octomil.privacy.relay.domain.FederationName;
import com.octomil.privacy.relay.domain.Region;
import java.util.Set;

/** Where the relay learns the pins of federations. Thread-safe; may block. */
public interface FederationRegions {

  /**
   * The regions that a federation is pinned to.
   *
   * @return empty: any, also if the federation has no configuration yet
   */
  Set<Region> of(FederationName federation);
}
