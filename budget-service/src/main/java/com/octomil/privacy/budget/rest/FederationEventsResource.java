package com.octomil.privacy.budget.rest;

import com.octomil.privacy.budget.app.FederationConfigurations;
import com.octomil.privacy.budget.domain.EventLog;
import com.octomil.privacy.budget.domain.FederationName;
import com.octomil.privacy.kit.auth.RequiresScope;
import com.octomil.privacy.kit.auth.Scope;
import io.smallrye.common.annotation.Blocking;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.util.Optional;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jboss.resteasy.reactive.RestPath;
import org.jboss.resteasy.reactive.RestQuery;
import org.jspecify.annotations.Nullable;

/** What happened to a federation, for auditors. */
@Path("/api/v1/federations/{federation}/events")
@Produces(MediaType.APPLICATION_JSON)
@Blocking
@RequiresScope(Scope.AUDITOR)
@Tag(name = "events")
public class FederationEventsResource {

  private final EventLog log;
  private final FederationConfigurations configurations;

  FederationEventsResource(EventLog log, FederationConfigurations configurations) {
    this.log = log;
    this.configurations = configurations;
  }

  /** Events of one federation. */
  @GET
  @Operation(
      operationId = "listFederationEvents",
      summary = "Everything that happened to a federation, oldest first.")
  @APIResponse(responseCode = "200", description = "A page of events.")
  @APIResponse(responseCode = "400", ref = "InvalidRequest")
  @APIResponse(responseCode = "404", ref = "NotFound")
  @APIResponse(responseCode = "422", ref = "InvalidValue")
  public EventsView page(
      @RestPath String federation,
      @RestQuery @Nullable String kind,
      @RestQuery @Nullable String after,
      @RestQuery @Nullable String limit) {
    FederationName name = FederationConfigurations.name("federation", federation);
    configurations.federation(name);
    return EventsResource.page(log, Optional.of(name), EventsResource.kind(kind), after, limit);
  }
}
