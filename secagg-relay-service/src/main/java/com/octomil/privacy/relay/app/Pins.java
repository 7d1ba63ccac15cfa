package com.octomil.privacy.relay.app;

import com.octomil.privacy.kit.region.ServiceRegion;
import com.octomil.privacy.relay.domain.FederationName;
import com.octomil.privacy.relay.domain.RefusedException;
import com.octomil.privacy.relay.domain.Region;
import com.octomil.privacy.relay.domain.RoundRules;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Keeps federations within the regions that they are pinned to. Thread-safe. */
@Singleton
public class Pins {

  private final ServiceRegion here;
  private final FederationRegions regions;

  Pins(ServiceRegion here, FederationRegions regions) {
    this.here = here;
    this.regions = regions;
  }

  /**
   * Checks that a device may be enrolled here.
   *
   * @param device its region; null: it has none
   * @throws RefusedException if the federation is pinned, and the relay or the device is outside
   */
  public void requireEnrollment(FederationName federation, @Nullable Region device) {
    Set<Region> allowed = regions.of(federation);
    require(federation, allowed, "this relay", here.name());
    requireDevice(federation, allowed, device);
  }

  /**
   * Checks that a round may be held here.
   *
   * @param caller region of the aggregator; empty: it has none
   * @throws RefusedException if the round is pinned, and the relay or the aggregator is outside
   */
  public void requireRound(RoundRules rules, Optional<String> caller) {
    require(rules.federation(), rules.regions(), "this relay", here.name());
    require(rules.federation(), rules.regions(), "the caller", caller);
  }

  /** Checks that a device is within the pins; null: it has no region. */
  static void requireDevice(
      FederationName federation, Set<Region> allowed, @Nullable Region device) {
    require(federation, allowed, "the device", Optional.ofNullable(device).map(Region::value));
  }

  private static void require(
      FederationName federation, Set<Region> allowed, String who, Optional<String> region) {
    List<String> names = allowed.stream().map(Region::value).toList();
    if (!ServiceRegion.admits(names, region)) {
      throw RefusedException.region(ServiceRegion.sentence(federation.value(), names, who, region));
    }
  }
}
