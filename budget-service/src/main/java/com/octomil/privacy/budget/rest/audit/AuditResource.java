package com.octomil.privacy.budget.rest.audit;

import com.octomil.privacy.budget.app.audit.AuditKeys;
import com.octomil.privacy.budget.app.audit.AuditTrail;
import com.octomil.privacy.budget.rest.Parameters;
import com.octomil.privacy.kit.auth.RequiresScope;
import com.octomil.privacy.kit.auth.Scope;
import io.smallrye.common.annotation.Blocking;
import jakarta.annotation.security.PermitAll;
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
import org.eclipse.microprofile.openapi.annotations.security.SecurityRequirements;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jboss.resteasy.reactive.RestQuery;
import org.jboss.resteasy.reactive.RestResponse;
import org.jspecify.annotations.Nullable;

/** The audit log of the deployment: what belongs to no federation; and the keys of all logs. */
@Path("/api/v1/audit")
@Produces(MediaType.APPLICATION_JSON)
@Blocking
@RequiresScope(Scope.AUDITOR)
@Tag(name = "audit")
public class AuditResource {

  private static final String DEPLOYMENT = "";

  private final AuditTrail trail;
  private final AuditKeys keys;

  AuditResource(AuditTrail trail, AuditKeys keys) {
    this.trail = trail;
    this.keys = keys;
  }

  /** Public keys. */
  @GET
  @Path("/keys")
  @PermitAll
  @SecurityRequirements
  @Operation(
      operationId = "listAuditKeys",
      summary = "Public keys that checkpoints are signed with.",
      description =
          "Get the first one over another way too, for example from whoever made it: a service that lies names its own.")
  @APIResponse(responseCode = "200", description = "All keys, oldest first.")
  public AuditViews.KeysView keys() {
    String current = keys.currentId();
    return new AuditViews.KeysView(
        keys.all().stream().map(key -> AuditViews.KeyView.of(key, current)).toList());
  }

  /** Entries. */
  @GET
  @Path("/entries")
  @Operation(
      operationId = "listDeploymentAuditEntries",
      summary = "Entries of the deployment's audit log, oldest first.")
  @APIResponse(responseCode = "200", description = "A page of entries.")
  @APIResponse(responseCode = "400", ref = "InvalidRequest")
  @APIResponse(responseCode = "422", ref = "InvalidValue")
  public AuditViews.EntriesView entries(
      @RestQuery @Nullable String type,
      @RestQuery @Nullable String from,
      @RestQuery @Nullable String to,
      @RestQuery @Nullable String after,
      @RestQuery @Nullable String limit) {
    int size = Parameters.pageSize(limit);
    return AuditViews.EntriesView.of(
        trail.find(DEPLOYMENT, AuditQueries.filter(type, from, to), Parameters.after(after), size),
        size);
  }

  /** An export. */
  @GET
  @Path("/export")
  @Produces({"application/jsonl", "text/csv"})
  @Operation(
      operationId = "exportDeploymentAudit",
      summary = "The deployment's audit log as JSON Lines or CSV.")
  @APIResponse(responseCode = "200", description = "The export, streamed.")
  @APIResponse(responseCode = "400", ref = "InvalidRequest")
  @APIResponse(responseCode = "422", ref = "InvalidValue")
  public Response export(
      @RestQuery @Nullable String format,
      @RestQuery @Nullable String type,
      @RestQuery @Nullable String from,
      @RestQuery @Nullable String to,
      @RestQuery @Nullable String after) {
    return AuditQueries.export(
        trail, DEPLOYMENT, format, AuditQueries.filter(type, from, to), after);
  }

  /** Checkpoints. */
  @GET
  @Path("/checkpoints")
  @Operation(
      operationId = "listDeploymentAuditCheckpoints",
      summary = "Signed checkpoints of the deployment's log, oldest first.")
  @APIResponse(responseCode = "200", description = "All checkpoints.")
  public AuditViews.CheckpointsView checkpoints() {
    return new AuditViews.CheckpointsView(
        trail.checkpoints(DEPLOYMENT).stream().map(AuditViews.CheckpointView::of).toList());
  }

  /** Makes a checkpoint. */
  @POST
  @Path("/checkpoints")
  @Operation(
      operationId = "createDeploymentAuditCheckpoint",
      summary = "Signs the deployment's log as it is now.")
  @APIResponse(
      responseCode = "201",
      description = "The checkpoint.",
      content =
          @Content(
              mediaType = "application/json",
              schema = @Schema(implementation = AuditViews.CheckpointView.class)))
  @APIResponse(responseCode = "409", ref = "Conflict")
  public RestResponse<AuditViews.CheckpointView> checkpoint() {
    return RestResponse.status(
        RestResponse.Status.CREATED, AuditViews.CheckpointView.of(trail.checkpoint(DEPLOYMENT)));
  }

  /** Verifies. */
  @GET
  @Path("/verification")
  @Operation(
      operationId = "verifyDeploymentAudit",
      summary = "Verifies the deployment's log here and now.")
  @APIResponse(responseCode = "200", description = "What was found.")
  public AuditViews.VerificationView verification() {
    return AuditViews.VerificationView.of(trail.verify(DEPLOYMENT));
  }
}
