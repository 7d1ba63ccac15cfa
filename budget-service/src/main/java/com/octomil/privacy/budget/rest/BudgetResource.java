package com.octomil.privacy.budget.rest;

import com.octomil.privacy.budget.app.FederationConfigurations;
import com.octomil.privacy.budget.domain.Allocation;
import com.octomil.privacy.budget.domain.ConfiguredVersion;
import com.octomil.privacy.budget.domain.EventKind;
import com.octomil.privacy.budget.domain.EventLog;
import com.octomil.privacy.budget.domain.Federation;
import com.octomil.privacy.budget.domain.FederationName;
import com.octomil.privacy.budget.domain.Forecast;
import com.octomil.privacy.budget.domain.GaussianBudget;
import com.octomil.privacy.kit.auth.CurrentPrincipal;
import com.octomil.privacy.kit.auth.RequiresScope;
import com.octomil.privacy.kit.auth.Scope;
import com.octomil.privacy.kit.error.ErrorCode;
import com.octomil.privacy.kit.error.ServiceException;
import io.quarkus.runtime.annotations.RegisterForReflection;
import io.smallrye.common.annotation.Blocking;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jboss.resteasy.reactive.RestHeader;
import org.jboss.resteasy.reactive.RestPath;
import org.jboss.resteasy.reactive.RestQuery;
import org.jboss.resteasy.reactive.RestResponse;
import org.jspecify.annotations.Nullable;

/** What a federation's current version has spent. */
@Path("/api/v1/federations/{federation}/privacy/budget")
@Produces(MediaType.APPLICATION_JSON)
@Blocking
@RequiresScope(Scope.READ)
@Tag(name = "budget")
public class BudgetResource {

  private static final long USUAL_FORECAST = 1000;
  private static final long MAX_ROUNDS = 1_000_000;
  private static final int COHORTS = 4;

  private final FederationConfigurations configurations;

  private final EventLog log;
  private final CurrentPrincipal caller;

  BudgetResource(FederationConfigurations configurations, EventLog log, CurrentPrincipal caller) {
    this.configurations = configurations;
    this.log = log;
    this.caller = caller;
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
    int size = Parameters.pageSize(limit);
    long from = Parameters.after(after);
    return RoundsView.of(name, wanted, configurations.rounds(name, wanted, from, size), size);
  }

  /** Rounds that were out of the ordinary. */
  @GET
  @Path("/spikes")
  @Operation(
      operationId = "getSpikes",
      summary = "Committed rounds of any version that were out of the ordinary, oldest first.",
      description =
          "A round is compared with the median of the last 20 committed rounds of its version, at least 5:"
              + " epsilon_per_round (its loss on its own is more than 1.5 times the median), epsilon_added (it added"
              + " more than twice the median), cohort (fewer than half the devices of the median in its sum)."
              + " rounds_per_hour: the last hour has seen more than 12 rounds and more than four times the hourly"
              + " average of the day before.")
  @APIResponse(responseCode = "200", description = "A page of events of the kind spike_detected.")
  @APIResponse(responseCode = "400", ref = "InvalidRequest")
  @APIResponse(responseCode = "404", ref = "NotFound")
  @APIResponse(responseCode = "422", ref = "InvalidValue")
  public EventsView spikes(
      @RestPath String federation,
      @RestQuery @Nullable String after,
      @RestQuery @Nullable String limit) {
    FederationName name = FederationConfigurations.name("federation", federation);
    configurations.federation(name);
    return EventsResource.page(
        log, Optional.of(name), Optional.of(EventKind.SPIKE_DETECTED), after, limit);
  }

  /** Adds to the budget. */
  @POST
  @Path("/allocations")
  @Consumes(MediaType.APPLICATION_JSON)
  @RequiresScope(Scope.OPERATOR)
  @Operation(
      operationId = "allocateBudget",
      summary = "Adds to the budget of the current version, with a reason for the record.",
      description =
          "A change of the configuration like any other: epsilon grows by the amount. Send If-Match with the ETag of the"
              + " configuration so that a repeated request adds only once.")
  @APIResponse(
      responseCode = "201",
      description = "The budget as it now is.",
      content =
          @Content(
              mediaType = "application/json",
              schema = @Schema(implementation = BudgetView.class)))
  @APIResponse(responseCode = "400", ref = "InvalidRequest")
  @APIResponse(responseCode = "404", ref = "NotFound")
  @APIResponse(responseCode = "409", ref = "Conflict")
  @APIResponse(responseCode = "412", ref = "PreconditionFailed")
  @APIResponse(responseCode = "422", ref = "InvalidValue")
  public RestResponse<BudgetView> allocate(
      @RestPath String federation,
      @RestHeader("If-Match") @Nullable String ifMatch,
      @Nullable NewAllocation body) {
    FederationName name = FederationConfigurations.name("federation", federation);
    NewAllocation wanted = Parameters.body(body);
    BigDecimal epsilon = Parameters.required("epsilon", wanted.epsilon());
    String reason = Parameters.reason(wanted.reason());
    ConfiguredVersion version =
        configurations.allocate(
            name, epsilon, reason, ETags.precondition(ifMatch, null), caller.get().keyId());
    return RestResponse.ResponseBuilder.create(RestResponse.Status.CREATED, BudgetView.of(version))
        .header("ETag", ETags.of(version.tag()))
        .build();
  }

  /** What was added, and why. */
  @GET
  @Path("/allocations")
  @Operation(
      operationId = "getAllocations",
      summary = "Everything that was added to the budget of any version, oldest first.")
  @APIResponse(responseCode = "200", description = "All allocations.")
  @APIResponse(responseCode = "404", ref = "NotFound")
  public AllocationsView allocations(@RestPath String federation) {
    FederationName name = FederationConfigurations.name("federation", federation);
    configurations.federation(name);
    return new AllocationsView(
        name.value(), configurations.allocations(name).stream().map(AllocationView::of).toList());
  }

  /** What further rounds will have spent. */
  @GET
  @Path("/forecast")
  @Operation(
      operationId = "getForecast",
      summary = "What is spent after further rounds of the present configuration, as a curve.",
      description =
          "Default: as many rounds as the rest of the budget affords, at least 1 and at most 1000.")
  @APIResponse(responseCode = "200", description = "At most 101 points.")
  @APIResponse(responseCode = "400", ref = "InvalidRequest")
  @APIResponse(responseCode = "404", ref = "NotFound")
  @APIResponse(responseCode = "409", ref = "Conflict")
  public ForecastView forecast(@RestPath String federation, @RestQuery @Nullable String rounds) {
    FederationName name = FederationConfigurations.name("federation", federation);
    ConfiguredVersion version = configurations.current(name);
    GaussianBudget budget = budget(version);
    long affordable = version.account().roundsAffordable().orElse(0L);
    long usual = Math.clamp(affordable, 1, USUAL_FORECAST);
    long wanted = Parameters.whole("rounds", rounds, 1, MAX_ROUNDS, usual);
    return new ForecastView(
        name.value(),
        version.account().version(),
        budget.epsilon().decimal(),
        affordable,
        Forecast.curve(version.account(), budget, wanted).stream()
            .map(point ->
                new ForecastPoint(
                    point.rounds(),
                    point.spent().decimal(),
                    point.spent().exceeds(budget.epsilon())))
            .toList());
  }

  /** Which noise a number of rounds needs. */
  @GET
  @Path("/plan")
  @Operation(
      operationId = "getPlan",
      summary =
          "The smallest noise with which the rest of the budget affords a number of rounds, and what it costs.",
      description =
          "The noise on the average is noise_multiplier * max_grad_norm / cohort in each coordinate: half the cohort,"
              + " twice the noise.")
  @APIResponse(responseCode = "200", description = "The plan.")
  @APIResponse(responseCode = "400", ref = "InvalidRequest")
  @APIResponse(responseCode = "404", ref = "NotFound")
  @APIResponse(responseCode = "409", ref = "Conflict")
  public PlanView plan(@RestPath String federation, @RestQuery @Nullable String rounds) {
    FederationName name = FederationConfigurations.name("federation", federation);
    ConfiguredVersion version = configurations.current(name);
    GaussianBudget budget = budget(version);
    Parameters.required("rounds", rounds);
    long wanted = Parameters.whole("rounds", rounds, 1, MAX_ROUNDS, 1);
    BigDecimal noise =
        Forecast.noiseFor(version.account(), budget, wanted)
            .orElseThrow(() ->
                new ServiceException(
                    ErrorCode.CONFLICT,
                    "No noise_multiplier up to 10000 lets the rest of the budget, epsilon "
                        + version.account().remaining()
                        + ", afford "
                        + wanted
                        + " rounds. Add to the budget or open a new version."));
    BigDecimal norm = version.configuration().differentialPrivacy().maxGradNorm();
    int cohort = version.configuration().expectedCohort();
    List<CohortCost> costs = new ArrayList<>();
    for (int devices = cohort; devices >= 1 && costs.size() < COHORTS; devices /= 2) {
      costs.add(new CohortCost(devices, noise.multiply(norm).doubleValue() / devices));
    }
    return new PlanView(name.value(), version.account().version(), wanted, noise, costs);
  }

  private static GaussianBudget budget(ConfiguredVersion version) {
    return version
        .account()
        .budget()
        .orElseThrow(() ->
            new ServiceException(
                ErrorCode.CONFLICT,
                "Differential privacy is off in this version: there is no budget to plan with."));
  }

  /** Body of an allocation. */
  @Schema(name = "NewAllocation")
  @RegisterForReflection
  public record NewAllocation(
      @Schema(required = true, description = "Above 0.", examples = "1.0")
          @Nullable BigDecimal epsilon,
      @Schema(required = true, description = "Why, for the record; 1 to 500 characters.")
          @Nullable String reason) {}

  /** Everything that was added. */
  @Schema(name = "Allocations")
  @RegisterForReflection
  public record AllocationsView(String federation, List<AllocationView> allocations) {}

  /** One addition. */
  @Schema(name = "Allocation")
  @RegisterForReflection
  public record AllocationView(
      int version,
      @Schema(description = "Number of the configuration that it put in force.") int configuration,
      BigDecimal epsilon,
      String reason,
      Instant allocatedAt,
      String allocatedBy) {

    static AllocationView of(Allocation allocation) {
      return new AllocationView(
          allocation.tag().version(),
          allocation.tag().number(),
          allocation.epsilon(),
          allocation.reason(),
          allocation.change().at(),
          allocation.change().by());
    }
  }

  /** A forecast. */
  @Schema(name = "Forecast")
  @RegisterForReflection
  public record ForecastView(
      String federation,
      int version,
      BigDecimal epsilon,
      long roundsAffordable,
      List<ForecastPoint> points) {}

  /** A point of it. */
  @Schema(name = "ForecastPoint")
  @RegisterForReflection
  public record ForecastPoint(long rounds, BigDecimal epsilonSpent, boolean overBudget) {}

  /** A plan. */
  @Schema(name = "Plan")
  @RegisterForReflection
  public record PlanView(
      String federation,
      int version,
      long rounds,
      @Schema(description = "To four decimals, rounded up.") BigDecimal noiseMultiplier,
      List<CohortCost> cohorts) {}

  /** Noise in each coordinate of the average. */
  @Schema(name = "CohortCost")
  @RegisterForReflection
  public record CohortCost(int cohort, double noiseOnAverage) {}
}
