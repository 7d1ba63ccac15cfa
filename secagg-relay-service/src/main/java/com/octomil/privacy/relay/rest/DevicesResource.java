package com.octomil.privacy.relay.rest;

import com.octomil.privacy.kit.auth.RequiresScope;
import com.octomil.privacy.kit.auth.Scope;
import com.octomil.privacy.relay.app.Devices;
import com.octomil.privacy.relay.app.Enrollments;
import com.octomil.privacy.relay.app.Refusals;
import com.octomil.privacy.relay.domain.DeviceCount;
import com.octomil.privacy.relay.domain.FederationName;
import com.octomil.privacy.relay.domain.ParticipantId;
import com.octomil.privacy.relay.domain.RefusedException;
import com.octomil.privacy.relay.domain.Region;
import com.octomil.privacy.relay.domain.RoundId;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.CacheControl;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.regex.Pattern;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jspecify.annotations.Nullable;

/** Devices of a federation: enrolment codes, numbers, revocation. */
@Path("/api/v1/federations/{federation}/devices")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "Devices")
public class DevicesResource {

  private static final Pattern IDENTIFIER_FORM = Pattern.compile("[0-9a-fA-F]{32}");
  private static final Pattern UUID_FORM =
      Pattern.compile("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}");

  private final Enrollments enrollments;
  private final Devices devices;

  DevicesResource(Enrollments enrollments, Devices devices) {
    this.enrollments = enrollments;
    this.devices = devices;
  }

  /** Makes one-time codes. */
  @POST
  @Path("/enrollment-codes")
  @Consumes(MediaType.APPLICATION_JSON)
  @RequiresScope(Scope.OPERATOR)
  @Operation(
      operationId = "createEnrollmentCodes",
      summary = "Make one-time enrolment codes; they are shown only in this answer")
  @APIResponse(
      responseCode = "201",
      description = "Made.",
      content = @Content(schema = @Schema(implementation = EnrollmentCodesResponse.class)))
  public Response createCodes(
      @PathParam("federation") String federation, @Nullable EnrollmentCodesRequest request) {
    return Refusals.translating(() -> {
      FederationName name = new FederationName(federation);
      if (request == null) {
        throw RefusedException.malformed("body", null, "must be a JSON object");
      }
      Integer count = request.count();
      if (count == null) {
        throw RefusedException.malformed(
            "count", null, "must be given: a whole number from 1 to " + Enrollments.MAX_CODES);
      }
      Long seconds = request.expiresIn();
      String stated = request.region();
      Region region = stated == null ? null : new Region(stated);
      Enrollments.IssuedCodes issued =
          enrollments.issueCodes(
              name, count, seconds == null ? null : Duration.ofSeconds(seconds), region);
      CacheControl secret = new CacheControl();
      secret.setNoStore(true);
      return Response.status(Response.Status.CREATED)
          .cacheControl(secret)
          .entity(
              new EnrollmentCodesResponse(
                  name.value(),
                  stated,
                  issued.expiresAt(),
                  issued.codes().stream().map(EnrollmentCodesResponse.Code::of).toList()))
          .build();
    });
  }

  /** Counts devices. */
  @GET
  @RequiresScope(Scope.READ)
  @Operation(operationId = "countDevices", summary = "Numbers of devices by state and region")
  public DevicesResponse count(@PathParam("federation") String federation) {
    return Refusals.translating(() -> {
      FederationName name = new FederationName(federation);
      Devices.Census census = devices.count(name);
      List<DevicesResponse.Count> counts =
          census.devices().stream().map(DevicesResource::toCount).toList();
      return new DevicesResponse(
          name.value(),
          counts.stream().mapToLong(DevicesResponse.Count::count).sum(),
          census.openCodes(),
          counts);
    });
  }

  private static DevicesResponse.Count toCount(DeviceCount count) {
    Region region = count.region();
    return new DevicesResponse.Count(
        count.state().name().toLowerCase(Locale.ROOT),
        region == null ? null : region.value(),
        count.count());
  }

  /** Revokes a device. */
  @DELETE
  @Path("/{device_id}")
  @RequiresScope(Scope.OPERATOR)
  @Operation(operationId = "revokeDevice", summary = "Revoke a device for good")
  @APIResponse(responseCode = "204", description = "Revoked.")
  @APIResponse(responseCode = "404", ref = "NotFound")
  public void revoke(
      @PathParam("federation") String federation,
      @Parameter(description = "Identifier of the device: the UUID that came with its code.")
          @PathParam("device_id")
          String deviceId) {
    var unused =
        Refusals.translating(() -> {
          FederationName name = new FederationName(federation);
          if (!UUID_FORM.matcher(deviceId).matches()) {
            throw RefusedException.malformed("device_id", deviceId, "must be a UUID");
          }
          devices.revoke(name, UUID.fromString(deviceId));
          return name;
        });
  }

  /** Revokes the device behind a pseudonym of a round, as the faults of a round name it. */
  @DELETE
  @Path("/rounds/{round_id}/participants/{participant_id}")
  @RequiresScope(Scope.OPERATOR)
  @Operation(
      operationId = "revokeParticipant",
      summary = "Revoke the device behind a pseudonym of a round for good")
  @APIResponse(responseCode = "204", description = "Revoked.")
  @APIResponse(responseCode = "404", ref = "NotFound")
  public void revokeParticipant(
      @PathParam("federation") String federation,
      @Parameter(description = "Identifier of the round: 32 hexadecimal digits.")
          @PathParam("round_id")
          String roundId,
      @Parameter(description = "Pseudonym in the round: 32 hexadecimal digits.")
          @PathParam("participant_id")
          String participantId) {
    var unused =
        Refusals.translating(() -> {
          FederationName name = new FederationName(federation);
          devices.revokeParticipant(
              name,
              RoundId.of(identifier("round_id", roundId)),
              ParticipantId.of(identifier("participant_id", participantId)));
          return name;
        });
  }

  private static byte[] identifier(String field, String value) {
    if (!IDENTIFIER_FORM.matcher(value).matches()) {
      throw RefusedException.malformed(field, value, "must be 32 hexadecimal digits");
    }
    return HexFormat.of().parseHex(value);
  }
}
