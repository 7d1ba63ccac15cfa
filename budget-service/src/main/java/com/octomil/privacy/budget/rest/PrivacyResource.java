package com.octomil.privacy.budget.rest;

import com.octomil.privacy.budget.app.FederationConfigurations;
import com.octomil.privacy.budget.domain.FederationName;
import com.octomil.privacy.kit.auth.CurrentPrincipal;
import com.octomil.privacy.kit.auth.RequiresScope;
import com.octomil.privacy.kit.auth.Scope;
import io.smallrye.common.annotation.Blocking;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jboss.resteasy.reactive.RestPath;
import org.jboss.resteasy.reactive.RestResponse;
import org.jspecify.annotations.Nullable;

/** The privacy configuration of a federation's current version. */
@Path("/api/v1/federations/{federation}/privacy")
@Produces(MediaType.APPLICATION_JSON)
@Consumes(MediaType.APPLICATION_JSON)
@Blocking
@Tag(name = "privacy")
public class PrivacyResource {

  private final FederationConfigurations configurations;
  private final CurrentPrincipal caller;

  PrivacyResource(FederationConfigurations configurations, CurrentPrincipal caller) {
    this.configurations = configurations;
    this.caller = caller;
  }

  /** The configuration in force. */
  @GET
  @RequiresScope(Scope.READ)
  @Operation(
      operationId = "getPrivacy",
      summary =
          "The privacy configuration in force, with every default filled in, and what it means.")
  @APIResponse(responseCode = "200", description = "The configuration.")
  @APIResponse(responseCode = "404", ref = "NotFound")
  public PrivacyView get(@RestPath String federation) {
    FederationName name = FederationConfigurations.name("federation", federation);
    return PrivacyView.of(configurations.current(name));
  }

  /** Puts a configuration in force. */
  @PUT
  @RequiresScope(Scope.OPERATOR)
  @Operation(
      operationId = "putPrivacy",
      summary = "Puts a privacy configuration in force, creating the federation if needed.",
      description =
          "The body replaces the whole configuration of the current version; optional fields that are left out take their"
              + " defaults. A change is refused where it contradicts rounds that the version has run.")
  @APIResponse(responseCode = "200", description = "In force.")
  @APIResponse(responseCode = "201", description = "The federation was created; in force.")
  @APIResponse(responseCode = "400", ref = "InvalidRequest")
  @APIResponse(responseCode = "409", ref = "Conflict")
  @APIResponse(responseCode = "422", ref = "InvalidValue")
  public RestResponse<PrivacyView> put(@RestPath String federation, @Nullable PrivacyBody body) {
    FederationName name = FederationConfigurations.name("federation", federation);
    FederationConfigurations.Put put =
        configurations.put(name, Parameters.body(body).toDraft(), caller.get().keyId());
    PrivacyView view = PrivacyView.of(put.version());
    return RestResponse.status(
        put.created() ? RestResponse.Status.CREATED : RestResponse.Status.OK, view);
  }
}
