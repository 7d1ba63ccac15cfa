package com.octomil.privacy.kit.rest;

import com.octomil.privacy.kit.auth.ApiKeyVerifier;
import com.octomil.privacy.kit.auth.Principal;
import com.octomil.privacy.kit.auth.Scope;
import io.quarkus.arc.DefaultBean;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Three keys that the tests know. */
@ApplicationScoped
@DefaultBean
public class TableOfKeys implements ApiKeyVerifier {

  private static final Map<String, Principal> KEYS =
      Map.of(
          "edg_admin", new Principal("k-admin", Set.of(Scope.ADMIN), Optional.empty()),
          "edg_read", new Principal("k-read", Set.of(Scope.READ), Optional.empty()),
          "edg_alpha", new Principal("k-alpha", Set.of(Scope.OPERATOR), Optional.of("alpha")));

  /** Services bring their own. */
  @Produces
  @DefaultBean
  @Singleton
  Clock clock() {
    return Clock.systemUTC();
  }

  @Override
  public Uni<Optional<Principal>> verify(String apiKey) {
    return Uni.createFrom().item(Optional.ofNullable(KEYS.get(apiKey)));
  }
}
