package com.octomil.privacy.budget.rest;

import com.octomil.privacy.budget.app.FederationConfigurations;
import com.octomil.privacy.budget.domain.Federation;
import com.octomil.privacy.budget.domain.FederationName;
import com.octomil.privacy.kit.auth.CurrentPrincipal;
import com.octomil.privacy.kit.auth.RequiresScope;
import com.octomil.privacy.kit.auth.Scope;
import io.quarkus.runtime.annotations.RegisterForReflection;
import io.smallrye.common.annotation.Blocking;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.time.Instant;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jboss.resteasy.reactive.RestPath;
import org.jboss.resteasy.reactive.RestResponse;
import org.jspecify.annotations.Nullable;

/** Federations and their versions. */
@Path("/api/v1/federations")
@Produces(MediaType.APPLICATION_JSON)
@Consumes(MediaType.APPLICATION_JSON)
@Blocking
@Tag(name = "federations")
public class FederationsResource {

  /** A federation. */
  @Schema(name = "Federation")
  @RegisterForReflection
  public record FederationView(
      String name,
      @Schema(description = "Current version, from 1.") int version,
      @Schema(description = "Whether the version has a privacy configuration.") boolean configured,
      Instant createdAt) {

    static FederationView of(Federation federation) {
      return new FederationView(
          federation.name().value(),
          federation.version(),
          federation.configured(),
          federation.createdAt());
    }
  }

  /** All federations. */
  @Schema(name = "Federations")
  @RegisterForReflection
  public record FederationsView(List<FederationView> federations) {}

  /** Body of a creation. */
  @Schema(name = "NewFederation")
  @RegisterForReflection
  public record NewFederation(
      @Schema(required = true, description = "A DNS label.", examples = "health-risk-model")
          @Nullable String name) {}

  /** Body that opens a version. */
  @Schema(name = "NewVersion")
  @RegisterForReflection
  public record NewVersion(
      @Schema(required = true, description = "Why, for the record; 1 to 500 characters.")
          @Nullable String reason) {}

  private final FederationConfigurations configurations;
  private final CurrentPrincipal caller;

  FederationsResource(FederationConfigurations configurations, CurrentPrincipal caller) {
    this.configurations = configurations;
    this.caller = caller;
  }

  /** All federations by name. */
  @GET
  @RequiresScope(Scope.READ)
  @Operation(operationId = "listFederations", summary = "All federations.")
  @APIResponse(responseCode = "200", description = "All federations by name.")
  public FederationsView all() {
    return new FederationsView(configurations.all().stream().map(FederationView::of).toList());
  }

  /** Creates a federation without a configuration. */
  @POST
  @RequiresScope(Scope.OPERATOR)
  @Operation(
      operationId = "createFederation",
      summary = "Creates a federation; it needs a privacy configuration before it can run rounds.")
  @APIResponse(
      responseCode = "201",
      description = "Created with version 1.",
      content =
          @Content(
              mediaType = "application/json",
              schema = @Schema(implementation = FederationView.class)))
  @APIResponse(responseCode = "400", ref = "InvalidRequest")
  @APIResponse(responseCode = "409", ref = "Conflict")
  public RestResponse<FederationView> create(@Nullable NewFederation body) {
    String name = Parameters.required("name", Parameters.body(body).name());
    Federation created =
        configurations.create(FederationConfigurations.name("name", name), caller.get().keyId());
    return RestResponse.status(RestResponse.Status.CREATED, FederationView.of(created));
  }

  /** One federation. */
  @GET
  @Path("/{federation}")
  @RequiresScope(Scope.READ)
  @Operation(operationId = "getFederation", summary = "A federation.")
  @APIResponse(responseCode = "200", description = "The federation.")
  @APIResponse(responseCode = "404", ref = "NotFound")
  public FederationView get(@RestPath String federation) {
    FederationName name = FederationConfigurations.name("federation", federation);
    return FederationView.of(configurations.federation(name));
  }

  /** Opens the next version. */
  @POST
  @Path("/{federation}/versions")
  @RequiresScope(Scope.OPERATOR)
  @Operation(
      operationId = "openVersion",
      summary =
          "Opens the next version with a copy of the present configuration and nothing spent.",
      description =
          "What earlier versions have revealed about the devices stays revealed: a new version is a new account, not a"
              + " fresh start.")
  @APIResponse(
      responseCode = "201",
      description = "Opened; it is the current version now.",
      content =
          @Content(
              mediaType = "application/json",
              schema = @Schema(implementation = FederationView.class)))
  @APIResponse(responseCode = "400", ref = "InvalidRequest")
  @APIResponse(responseCode = "404", ref = "NotFound")
  @APIResponse(responseCode = "422", ref = "InvalidValue")
  public RestResponse<FederationView> openVersion(
      @RestPath String federation, @Nullable NewVersion body) {
    FederationName name = FederationConfigurations.name("federation", federation);
    String reason = Parameters.reason(Parameters.body(body).reason());
    Federation opened = configurations.openVersion(name, reason, caller.get().keyId());
    return RestResponse.status(RestResponse.Status.CREATED, FederationView.of(opened));
  }
}
