package com.octomil.privacy.budget.rest.audit;

import com.octomil.privacy.budget.app.FederationConfigurations;
import com.octomil.privacy.budget.app.audit.AuditTrail;
import com.octomil.privacy.budget.domain.FederationName;
import com.octomil.privacy.budget.rest.Parameters;
import com.octomil.privacy.kit.auth.RequiresScope;
import com.octomil.privacy.kit.auth.Scope;
import io.smallrye.common.annotation.Blocking;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jboss.resteasy.reactive.RestPath;
import org.jboss.resteasy.reactive.RestQuery;
import org.jboss.resteasy.reactive.RestResponse;
import org.jspecify.annotations.Nullable;

/** The audit log of a federation. */
@Path("/api/v1/federations/{federation}/audit")
@Produces(MediaType.APPLICATION_JSON)
@Blocking
@RequiresScope(Scope.AUDITOR)
@Tag(name = "audit")
public class FederationAuditResource {

  private final AuditTrail trail;
  private final FederationConfigurations federations;

  FederationAuditResource(AuditTrail trail, FederationConfigurations federations) {
    this.trail = trail;
    this.federations = federations;
  }

  /** Entries. */
  @GET
  @Path("/entries")
  @Operation(
      operationId = "listAuditEntries",
      summary = "Entries of the audit log, oldest first.",
      description =
          "By type (several with commas) and time of the event, from inclusive, to exclusive.")
  @APIResponse(responseCode = "200", description = "A page of entries.")
  @APIResponse(responseCode = "400", ref = "InvalidRequest")
  @APIResponse(responseCode = "404", ref = "NotFound")
  @APIResponse(responseCode = "422", ref = "InvalidValue")
  public AuditViews.EntriesView entries(
      @RestPath String federation,
      @RestQuery @Nullable String type,
      @RestQuery @Nullable String from,
      @RestQuery @Nullable String to,
      @RestQuery @Nullable String after,
      @RestQuery @Nullable String limit) {
    int size = Parameters.pageSize(limit);
    return AuditViews.EntriesView.of(
        trail.find(
            chain(federation), AuditQueries.filter(type, from, to), Parameters.after(after), size),
        size);
  }

  /** An export. */
  @GET
  @Path("/export")
  @Produces({"application/jsonl", "text/csv"})
  @Operation(
      operationId = "exportAudit",
      summary = "The audit log as JSON Lines, to be verified offline, or as CSV, to be read.",
      description =
          "JSON Lines has digests in place of the entries that the filter leaves out and ends with a checkpoint, so"
              + " 'octomil audit verify' verifies any export. CSV cannot be verified.")
  @APIResponse(responseCode = "200", description = "The export, streamed.")
  @APIResponse(responseCode = "400", ref = "InvalidRequest")
  @APIResponse(responseCode = "404", ref = "NotFound")
  @APIResponse(responseCode = "422", ref = "InvalidValue")
  public Response export(
      @RestPath String federation,
      @RestQuery @Nullable String format,
      @RestQuery @Nullable String type,
      @RestQuery @Nullable String from,
      @RestQuery @Nullable String to,
      @RestQuery @Nullable String after) {
    return AuditQueries.export(
        trail, chain(federation), format, AuditQueries.filter(type, from, to), after);
  }

  /** Checkpoints. */
  @GET
  @Path("/checkpoints")
  @Operation(operationId = "listAuditCheckpoints", summary = "Signed checkpoints, oldest first.")
  @APIResponse(responseCode = "200", description = "All checkpoints.")
  @APIResponse(responseCode = "404", ref = "NotFound")
  public AuditViews.CheckpointsView checkpoints(@RestPath String federation) {
    return new AuditViews.CheckpointsView(
        trail.checkpoints(chain(federation)).stream().map(AuditViews.CheckpointView::of).toList());
  }

  /** Makes a checkpoint. */
  @POST
  @Path("/checkpoints")
  @Operation(
      operationId = "createAuditCheckpoint",
      summary =
          "Signs the log as it is now; keep the answer to prove later that nothing was removed.")
  @APIResponse(
      responseCode = "201",
      description = "The checkpoint.",
      content =
          @Content(
              mediaType = "application/json",
              schema = @Schema(implementation = AuditViews.CheckpointView.class)))
  @APIResponse(responseCode = "404", ref = "NotFound")
  @APIResponse(responseCode = "409", ref = "Conflict")
  public RestResponse<AuditViews.CheckpointView> checkpoint(@RestPath String federation) {
    return RestResponse.status(
        RestResponse.Status.CREATED,
        AuditViews.CheckpointView.of(trail.checkpoint(chain(federation))));
  }

  /** Verifies. */
  @GET
  @Path("/verification")
  @Operation(
      operationId = "verifyAudit",
      summary = "Verifies the whole log here and now.",
      description =
          "Convenient, but it is the service's word: who does not trust it exports the log and verifies it offline.")
  @APIResponse(responseCode = "200", description = "What was found.")
  @APIResponse(responseCode = "404", ref = "NotFound")
  public AuditViews.VerificationView verification(@RestPath String federation) {
    return AuditViews.VerificationView.of(trail.verify(chain(federation)));
  }

  private String chain(String federation) {
    FederationName name = FederationConfigurations.name("federation", federation);
    var unused = federations.federation(name);
    return name.value();
  }
}
