package com.octomil.privacy.budget.rest;

import com.octomil.privacy.budget.app.FederationConfigurations;
import com.octomil.privacy.budget.domain.Federation;
import com.octomil.privacy.budget.domain.FederationName;
import com.octomil.privacy.kit.auth.RequiresScope;
import com.octomil.privacy.kit.auth.Scope;
import io.smallrye.common.annotation.Blocking;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jboss.resteasy.reactive.RestPath;
import org.jboss.resteasy.reactive.RestQuery;
import org.jspecify.annotations.Nullable;

/** What a federation's current version has spent. */
@Path("/api/v1/federations/{federation}/privacy/budget")
@Produces(MediaType.APPLICATION_JSON)
@Blocking
@RequiresScope(Scope.READ)
@Tag(name = "budget")
public class BudgetResource {

  private static final int MAX_PAGE = 1000;
  private static final int DEFAULT_PAGE = 100;

  private final FederationConfigurations configurations;

  BudgetResource(FederationConfigurations configurations) {
    this.configurations = configurations;
  }

  /** The budget as of now. */
  @GET
  @Operation(operationId = "getBudget", summary = "What is spent, reserved and left of the budget.")
  @APIResponse(responseCode = "200", description = "The budget of the current version.")
  @APIResponse(responseCode = "404", ref = "NotFound")
  public BudgetView get(@RestPath String federation) {
    FederationName name = FederationConfigurations.name("federation", federation);
    return BudgetView.of(configurations.current(name));
  }

  /** The rounds behind it. */
  @GET
  @Path("/rounds")
  @Operation(
      operationId = "getBudgetRounds",
      summary = "Every reservation of a version with what became of it, oldest first.")
  @APIResponse(responseCode = "200", description = "A page of rounds.")
  @APIResponse(responseCode = "400", ref = "InvalidRequest")
  @APIResponse(responseCode = "404", ref = "NotFound")
  public RoundsView rounds(
      @RestPath String federation,
      @RestQuery @Nullable String version,
      @RestQuery @Nullable String after,
      @RestQuery @Nullable String limit) {
    FederationName name = FederationConfigurations.name("federation", federation);
    Federation found = configurations.federation(name);
    int wanted = (int) Parameters.whole("version", version, 1, found.version(), found.version());
    int size = (int) Parameters.whole("limit", limit, 1, MAX_PAGE, DEFAULT_PAGE);
    long from = Parameters.whole("after", after, 0, Long.MAX_VALUE, 0);
    return RoundsView.of(name, wanted, configurations.rounds(name, wanted, from, size), size);
  }
}
