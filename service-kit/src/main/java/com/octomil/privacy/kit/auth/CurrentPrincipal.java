package com.octomil.privacy.kit.auth;

import jakarta.enterprise.context.RequestScoped;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The authenticated caller of the REST request in progress. */
@RequestScoped
public class CurrentPrincipal {

  private @Nullable Principal principal;

  void set(Principal authenticated) {
    this.principal = authenticated;
  }

  /**
   * The caller.
   *
   * @throws IllegalStateException on a resource that needs no API key
   */
  public Principal get() {
    Principal authenticated = principal;
    if (authenticated == null) {
      throw new IllegalStateException("no authenticated caller: the resource lacks @RequiresScope");
    }
    return Objects.requireNonNull(authenticated);
  }
}
