package com.octomil.privacy.budget.app;

import com.octomil.privacy.budget.domain.FederationName;
import com.octomil.privacy.kit.region.FederationGate;
import com.octomil.privacy.kit.region.ServiceRegion;
import io.smallrye.mutiny.Uni;
import jakarta.annotation.PreDestroy;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * A budget service with a region refuses federations that are pinned elsewhere; one without serves
 * all (ADR 0065). Thread-safe.
 */
@ApplicationScoped
public class OwnRegionGate implements FederationGate {

  private final FederationConfigurations configurations;
  private final ServiceRegion here;
  private final ExecutorService executor =
      Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("pins-", 0).factory());

  OwnRegionGate(FederationConfigurations configurations, ServiceRegion here) {
    this.configurations = configurations;
    this.here = here;
  }

  @PreDestroy
  void stop() {
    executor.shutdownNow();
  }

  @Override
  public Uni<Void> admit(String federation) {
    if (here.name().isEmpty()) {
      return Uni.createFrom().voidItem();
    }
    return Uni.createFrom()
        .item(() -> configurations.find(new FederationName(federation)))
        .runSubscriptionOn(executor)
        .replaceWithVoid();
  }
}
