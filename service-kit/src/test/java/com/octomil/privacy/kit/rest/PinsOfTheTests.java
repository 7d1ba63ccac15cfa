package com.octomil.privacy.kit.rest;

import com.octomil.privacy.kit.region.FederationGate;
import com.octomil.privacy.kit.region.ServiceRegion;
import io.quarkus.arc.DefaultBean;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;
import java.util.Optional;

/** One federation is pinned to where nobody is. */
@ApplicationScoped
@DefaultBean
public class PinsOfTheTests implements FederationGate {

  @Override
  public Uni<Void> admit(String federation) {
    return federation.equals("moon")
        ? Uni.createFrom()
            .failure(
                ServiceRegion.refusal(
                    federation, List.of("luna"), "this service", Optional.empty()))
        : Uni.createFrom().voidItem();
  }
}
