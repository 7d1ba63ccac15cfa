package com.octomil.privacy.budget.rest;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.octomil.privacy.budget.app.FederationConfigurations;
import com.octomil.privacy.budget.domain.ConfigurationRecord;
import com.octomil.privacy.budget.domain.ConfigurationTag;
import com.octomil.privacy.budget.domain.ConfiguredVersion;
import com.octomil.privacy.budget.domain.FederationName;
import com.octomil.privacy.kit.auth.CurrentPrincipal;
import com.octomil.privacy.kit.auth.RequiresScope;
import com.octomil.privacy.kit.auth.Scope;
import com.octomil.privacy.kit.error.ErrorCode;
import com.octomil.privacy.kit.error.ServiceException;
import io.quarkus.runtime.annotations.RegisterForReflection;
import io.smallrye.common.annotation.Blocking;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.PATCH;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jboss.resteasy.reactive.RestHeader;
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

  private final ObjectMapper json;

  PrivacyResource(
      FederationConfigurations configurations, CurrentPrincipal caller, ObjectMapper json) {
    this.configurations = configurations;
    this.caller = caller;
    this.json = json;
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
  public RestResponse<PrivacyView> get(@RestPath String federation) {
    FederationName name = FederationConfigurations.name("federation", federation);
    return answer(RestResponse.Status.OK, configurations.current(name));
  }

  /** Puts a configuration in force. */
  @PUT
  @RequiresScope(Scope.OPERATOR)
  @Operation(
      operationId = "putPrivacy",
      summary = "Puts a privacy configuration in force, creating the federation if needed.",
      description =
          "The body replaces the whole configuration of the current version; optional fields that are left out take"
              + " their defaults. A change is refused where it contradicts rounds that the version has run. With"
              + " If-Match it is refused if another configuration is in force than the one with that ETag; with"
              + " 'If-None-Match: *' if there is one.")
  @APIResponse(responseCode = "200", description = "In force.")
  @APIResponse(
      responseCode = "201",
      description = "The federation was created; in force.",
      content =
          @Content(
              mediaType = "application/json",
              schema = @Schema(implementation = PrivacyView.class)))
  @APIResponse(responseCode = "400", ref = "InvalidRequest")
  @APIResponse(responseCode = "409", ref = "Conflict")
  @APIResponse(responseCode = "412", ref = "PreconditionFailed")
  @APIResponse(responseCode = "422", ref = "InvalidValue")
  public RestResponse<PrivacyView> put(
      @RestPath String federation,
      @RestHeader("If-Match") @Nullable String ifMatch,
      @RestHeader("If-None-Match") @Nullable String ifNoneMatch,
      @Nullable PrivacyBody body) {
    FederationName name = FederationConfigurations.name("federation", federation);
    FederationConfigurations.Put put =
        configurations.put(
            name,
            Parameters.body(body).toDraft(),
            ETags.precondition(ifMatch, ifNoneMatch),
            caller.get().keyId());
    return answer(
        put.created() ? RestResponse.Status.CREATED : RestResponse.Status.OK, put.version());
  }

  /** Says what putting a configuration would mean. */
  @POST
  @Path("/preview")
  @RequiresScope(Scope.READ)
  @Operation(
      operationId = "previewPrivacy",
      summary = "What putting this configuration would answer, without putting it in force.",
      description =
          "The same checks, the same warnings and the same errors as PUT, for the present state of the version or for a"
              + " federation that does not exist yet. Nothing is stored; 'configuration' is the number that it would"
              + " get.")
  @APIResponse(responseCode = "200", description = "It would be accepted.")
  @APIResponse(responseCode = "400", ref = "InvalidRequest")
  @APIResponse(responseCode = "409", ref = "Conflict")
  @APIResponse(responseCode = "412", ref = "PreconditionFailed")
  @APIResponse(responseCode = "422", ref = "InvalidValue")
  public PrivacyView preview(
      @RestPath String federation,
      @RestHeader("If-Match") @Nullable String ifMatch,
      @RestHeader("If-None-Match") @Nullable String ifNoneMatch,
      @Nullable PrivacyBody body) {
    FederationName name = FederationConfigurations.name("federation", federation);
    return PrivacyView.of(
        configurations
            .preview(
                name,
                Parameters.body(body).toDraft(),
                ETags.precondition(ifMatch, ifNoneMatch),
                caller.get().keyId())
            .version());
  }

  /** Changes a part of the configuration. */
  @PATCH
  @Consumes("application/merge-patch+json")
  @RequiresScope(Scope.OPERATOR)
  @Operation(
      operationId = "patchPrivacy",
      summary = "Changes a part of the privacy configuration (JSON Merge Patch, RFC 7396).",
      description =
          "Fields that the patch leaves out stay as they are; null takes a field back to its default. The result is"
              + " checked as a whole. If another change comes in between, the patch is refused with 412.")
  @APIResponse(responseCode = "200", description = "In force.")
  @APIResponse(responseCode = "400", ref = "InvalidRequest")
  @APIResponse(responseCode = "404", ref = "NotFound")
  @APIResponse(responseCode = "409", ref = "Conflict")
  @APIResponse(responseCode = "412", ref = "PreconditionFailed")
  @APIResponse(responseCode = "422", ref = "InvalidValue")
  public RestResponse<PrivacyView> patch(
      @RestPath String federation,
      @RestHeader("If-Match") @Nullable String ifMatch,
      @RequestBody(content = @Content(schema = @Schema(implementation = PrivacyBody.class)))
          @Nullable JsonNode patch)
      throws JsonProcessingException {
    FederationName name = FederationConfigurations.name("federation", federation);
    Predicate<Optional<ConfigurationTag>> precondition = ETags.precondition(ifMatch, null);
    JsonNode wanted = Parameters.body(patch);
    ConfiguredVersion present = configurations.current(name);
    JsonNode merged =
        MergePatch.apply(json.valueToTree(PrivacyBody.of(present.configuration())), wanted);
    // Written and read again, so that the body is read as strictly as one that is put.
    PrivacyBody body = json.readValue(json.writeValueAsString(merged), PrivacyBody.class);
    FederationConfigurations.Put put =
        configurations.put(
            name,
            Parameters.body(body).toDraft(),
            precondition.and(tag -> tag.equals(Optional.of(present.tag()))),
            caller.get().keyId());
    return answer(RestResponse.Status.OK, put.version());
  }

  /** Everything that was ever in force. */
  @GET
  @Path("/history")
  @RequiresScope(Scope.READ)
  @Operation(
      operationId = "getPrivacyHistory",
      summary = "Every configuration that is or was in force in any version, oldest first.")
  @APIResponse(responseCode = "200", description = "All configurations.")
  @APIResponse(responseCode = "404", ref = "NotFound")
  public HistoryView history(@RestPath String federation) {
    FederationName name = FederationConfigurations.name("federation", federation);
    configurations.federation(name);
    return new HistoryView(
        name.value(), configurations.history(name).stream().map(HistoryEntry::of).toList());
  }

  /** The snapshot of one version. */
  @GET
  @Path("/versions/{version}")
  @RequiresScope(Scope.READ)
  @Operation(
      operationId = "getPrivacyOfVersion",
      summary = "The configuration in force in a version: now, or when the next one was opened.")
  @APIResponse(responseCode = "200", description = "The configuration.")
  @APIResponse(responseCode = "400", ref = "InvalidRequest")
  @APIResponse(responseCode = "404", ref = "NotFound")
  @APIResponse(responseCode = "422", ref = "InvalidValue")
  public HistoryEntry ofVersion(@RestPath String federation, @RestPath String version) {
    FederationName name = FederationConfigurations.name("federation", federation);
    int current = configurations.federation(name).version();
    int wanted = (int) Parameters.whole("version", version, 1, current, current);
    return configurations.history(name).stream()
        .filter(entry -> entry.tag().version() == wanted)
        .reduce((earlier, later) -> later)
        .map(HistoryEntry::of)
        .orElseThrow(() ->
            new ServiceException(
                ErrorCode.NOT_FOUND,
                "Version " + wanted + " of '" + name + "' has no privacy configuration."));
  }

  private static RestResponse<PrivacyView> answer(
      RestResponse.Status status, ConfiguredVersion version) {
    return RestResponse.ResponseBuilder.create(status, PrivacyView.of(version))
        .header("ETag", ETags.of(version.tag()))
        .build();
  }

  /** All configurations of a federation. */
  @Schema(name = "PrivacyHistory")
  @RegisterForReflection
  public record HistoryView(String federation, List<HistoryEntry> configurations) {}

  /** One of them. */
  @Schema(name = "PrivacyHistoryEntry")
  @RegisterForReflection
  public record HistoryEntry(
      int version, int configuration, Instant changedAt, String changedBy, PrivacyBody privacy) {

    static HistoryEntry of(ConfigurationRecord entry) {
      return new HistoryEntry(
          entry.tag().version(),
          entry.tag().number(),
          entry.change().at(),
          entry.change().by(),
          PrivacyBody.of(entry.configuration()));
    }
  }
}
