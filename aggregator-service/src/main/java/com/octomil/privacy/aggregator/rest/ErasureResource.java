package com.octomil.privacy.aggregator.rest;

import com.octomil.privacy.aggregator.app.Erasures;
import com.octomil.privacy.aggregator.domain.Erasure;
import com.octomil.privacy.aggregator.domain.FederationName;
import com.octomil.privacy.kit.auth.CurrentPrincipal;
import com.octomil.privacy.kit.auth.RequiresScope;
import com.octomil.privacy.kit.auth.Scope;
import com.octomil.privacy.kit.error.ErrorCode;
import com.octomil.privacy.kit.error.FieldViolation;
import com.octomil.privacy.kit.error.ServiceException;
import io.quarkus.runtime.annotations.RegisterForReflection;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.net.URI;
import java.util.List;
import java.util.UUID;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponseSchema;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jspecify.annotations.Nullable;

/** The right to erasure (GDPR, Article 17). */
@Path("/api/v1/federations/{federation}/erasures")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "Erasure")
public class ErasureResource {

  private static final int MAX_REASON = 500;

  private final Erasures erasures;
  private final CurrentPrincipal caller;

  ErasureResource(Erasures erasures, CurrentPrincipal caller) {
    this.erasures = erasures;
    this.caller = caller;
  }

  /**
   * Body of a request.
   *
   * @param device identifier or pseudonym
   * @param reason for the record
   * @param selectiveExclusion whether to rebuild models; absent: no
   */
  @RegisterForReflection
  public record ErasureRequest(
      @Nullable String device, @Nullable String reason, @Nullable Boolean selectiveExclusion) {

    /** Without the device, whose identifier belongs in no log. */
    @Override
    public String toString() {
      return "ErasureRequest[" + selectiveExclusion + "]";
    }
  }

  /** Excludes a device and, on demand, rebuilds models without its rounds. */
  @POST
  @Consumes(MediaType.APPLICATION_JSON)
  @RequiresScope(Scope.OPERATOR)
  @Operation(
      operationId = "createErasure",
      summary = "Exclude a device for good and, on demand, rebuild models without its rounds")
  @APIResponse(
      responseCode = "201",
      description = "Excluded; the answer lists where it took part.",
      content = @Content(schema = @Schema(implementation = ErasureViews.ErasureView.class)))
  @APIResponse(responseCode = "404", ref = "NotFound")
  public Response erase(
      @PathParam("federation") String federation, @Nullable ErasureRequest request) {
    FederationName name = Names.federation(federation);
    if (request == null) {
      throw new ServiceException(
          ErrorCode.INVALID_REQUEST, "The body is empty; it must be a JSON object.");
    }
    String device = request.device();
    if (device == null || device.isBlank()) {
      throw ServiceException.invalidField(
          ErrorCode.INVALID_REQUEST,
          new FieldViolation(
              "device",
              null,
              "is required: a device identifier (UUID) or a pseudonym (32 hexadecimal digits)"));
    }
    String reason = request.reason();
    if (reason == null || reason.isBlank() || reason.length() > MAX_REASON) {
      throw ServiceException.invalidField(
          ErrorCode.INVALID_REQUEST,
          new FieldViolation("reason", reason, "must be 1 to " + MAX_REASON + " characters"));
    }
    Erasure erasure =
        erasures.erase(
            name,
            device,
            reason,
            Boolean.TRUE.equals(request.selectiveExclusion()),
            caller.get().keyId());
    return Response.created(
            URI.create("/api/v1/federations/" + federation + "/erasures/" + erasure.id()))
        .entity(ErasureViews.of(erasure, erasures.retention()))
        .build();
  }

  /** All erasures, newest first. */
  @GET
  @RequiresScope(Scope.READ)
  @Operation(operationId = "listErasures", summary = "All erasures, newest first")
  public ErasureViews.ErasureList list(@PathParam("federation") String federation) {
    List<Erasure> found = erasures.list(Names.federation(federation));
    return new ErasureViews.ErasureList(
        found.stream().map(each -> ErasureViews.of(each, erasures.retention())).toList());
  }

  /** One erasure. */
  @GET
  @Path("{id}")
  @RequiresScope(Scope.READ)
  @Operation(operationId = "getErasure", summary = "An erasure")
  @APIResponseSchema(ErasureViews.ErasureView.class)
  @APIResponse(responseCode = "404", ref = "NotFound")
  public ErasureViews.ErasureView get(
      @PathParam("federation") String federation,
      @Parameter(description = "Identifier of the erasure: a UUID.") @PathParam("id") String id) {
    return ErasureViews.of(
        erasures.get(Names.federation(federation), id(id)), erasures.retention());
  }

  /** A page for the data subject, to be printed. */
  @GET
  @Path("{id}/report")
  @Produces(MediaType.TEXT_HTML)
  @RequiresScope(Scope.READ)
  @Operation(
      operationId = "getErasureReport",
      summary = "A page for the data subject, to be printed")
  @APIResponse(
      responseCode = "200",
      description = "The page.",
      content =
          @Content(mediaType = MediaType.TEXT_HTML, schema = @Schema(type = SchemaType.STRING)))
  @APIResponse(responseCode = "404", ref = "NotFound")
  public Response report(
      @PathParam("federation") String federation,
      @Parameter(description = "Identifier of the erasure: a UUID.") @PathParam("id") String id) {
    Erasure erasure = erasures.get(Names.federation(federation), id(id));
    return Response.ok(ErasureReport.html(erasure, erasures.retention()))
        .header("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
        .build();
  }

  private static UUID id(String value) {
    try {
      return UUID.fromString(value);
    } catch (IllegalArgumentException e) {
      throw ServiceException.invalidField(
          ErrorCode.INVALID_REQUEST,
          new FieldViolation("id", value, "must be the UUID of an erasure"));
    }
  }
}
