package com.octomil.privacy.kit.rest;

import com.octomil.privacy.kit.auth.CurrentPrincipal;
import com.octomil.privacy.kit.auth.RequiresScope;
import com.octomil.privacy.kit.auth.Scope;
import com.octomil.privacy.kit.error.ErrorCode;
import com.octomil.privacy.kit.error.ServiceException;
import com.octomil.privacy.kit.validation.Names;
import jakarta.annotation.security.PermitAll;
import jakarta.inject.Inject;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A resource with every kind of failure. */
@Path("/federations/{federation}/example")
public class ExampleResource {

  @Inject CurrentPrincipal principal;

  record Inner(double maxGradNorm) {}

  record Body(boolean enabled, @Nullable Inner inner, @Nullable List<String> regions, int count) {}

  @PUT
  @RequiresScope(Scope.OPERATOR)
  public Body put(@org.jboss.resteasy.reactive.RestPath String federation, Body body) {
    Names.requireDnsLabel("federation", federation);
    return body;
  }

  @GET
  @Path("/caller")
  @RequiresScope(Scope.READ)
  public String caller() {
    return principal.get().keyId();
  }

  @GET
  @Path("/unavailable")
  @PermitAll
  public String unavailable() {
    throw new ServiceException(ErrorCode.UNAVAILABLE, "not now");
  }

  @GET
  @Path("/bug")
  @PermitAll
  public String bug() {
    throw new IllegalStateException("secret internals");
  }

  @GET
  @Path("/unmarked")
  public String unmarked() {
    return "never";
  }
}
