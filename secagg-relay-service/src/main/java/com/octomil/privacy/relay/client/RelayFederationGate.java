package com.octomil.privacy.relay.client;

import com.octomil.privacy.kit.region.FederationGate;
import com.octomil.privacy.kit.region.ServiceRegion;
import com.octomil.privacy.relay.app.FederationRegions;
import com.octomil.privacy.relay.domain.FederationName;
import com.octomil.privacy.relay.domain.Region;
import io.smallrye.mutiny.Uni;
import jakarta.annotation.PreDestroy;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** Keeps operators of one region out of the devices of another. Thread-safe. */
@ApplicationScoped
public class RelayFederationGate implements FederationGate {

  private final FederationRegions regions;
  private final ServiceRegion here;
  private final ExecutorService executor =
      Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("pins-", 0).factory());

  RelayFederationGate(FederationRegions regions, ServiceRegion here) {
    this.regions = regions;
    this.here = here;
  }

  @PreDestroy
  void stop() {
    executor.shutdownNow();
  }

  @Override
  public Uni<Void> admit(String federation) {
    return Uni.createFrom()
        .item(() -> regions.of(new FederationName(federation)))
        .runSubscriptionOn(executor)
        .invoke(pins -> here.requireWithin(federation, pins.stream().map(Region::value).toList()))
        .replaceWithVoid();
  }
}
