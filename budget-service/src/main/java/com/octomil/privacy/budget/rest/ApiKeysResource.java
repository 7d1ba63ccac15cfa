package com.octomil.privacy.budget.rest;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.octomil.privacy.budget.app.ApiKeyRegistry;
import com.octomil.privacy.budget.app.FederationConfigurations;
import com.octomil.privacy.budget.domain.ApiKey;
import com.octomil.privacy.budget.domain.ConfiguredVersion.Change;
import com.octomil.privacy.budget.domain.FederationName;
import com.octomil.privacy.budget.domain.KeyScope;
import com.octomil.privacy.kit.auth.CurrentPrincipal;
import com.octomil.privacy.kit.auth.Principal;
import com.octomil.privacy.kit.auth.RequiresScope;
import com.octomil.privacy.kit.auth.Scope;
import com.octomil.privacy.kit.error.ErrorCode;
import com.octomil.privacy.kit.error.FieldViolation;
import com.octomil.privacy.kit.error.ServiceException;
import io.quarkus.runtime.annotations.RegisterForReflection;
import io.smallrye.common.annotation.Blocking;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jboss.resteasy.reactive.RestPath;
import org.jboss.resteasy.reactive.RestResponse;
import org.jspecify.annotations.Nullable;

/** API keys, for administrators. */
@Path("/api/v1/api-keys")
@Produces(MediaType.APPLICATION_JSON)
@Consumes(MediaType.APPLICATION_JSON)
@Blocking
@RequiresScope(Scope.ADMIN)
@Tag(name = "api-keys")
public class ApiKeysResource {

  private static final int MAX_NAME = 63;
  private static final int MAX_OVERLAP_SECONDS = 7 * 24 * 3600;

  /** Body of a creation. */
  @Schema(name = "NewApiKey")
  @RegisterForReflection
  public record NewApiKey(
      @Schema(required = true, description = "What it is for; 1 to 63 characters.")
          @Nullable String name,
      @Schema(required = true, description = "At least one of admin, operator, auditor, read.")
          @Nullable List<@Nullable String> scopes,
      @Schema(description = "The only federation the key is good for. Default: all.")
          @Nullable String federation) {}

  /** A key without its secret. */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  @Schema(name = "ApiKey")
  @RegisterForReflection
  public record ApiKeyView(
      String id,
      String name,
      List<String> scopes,
      @Nullable String federation,
      Instant createdAt,
      String createdBy,
      @Nullable Instant revokedAt,
      @Nullable String revokedBy,
      @Schema(description = "When the secret was last replaced.") @Nullable Instant rotatedAt,
      @Schema(description = "The key itself; only in the answer that creates or rotates it.")
          @Nullable String key) {

    static ApiKeyView of(ApiKey key, @Nullable String secret) {
      return new ApiKeyView(
          key.id().toString(),
          key.name(),
          key.scopes().stream().sorted().map(PrivacyView::lower).toList(),
          key.federation().map(FederationName::value).orElse(null),
          key.created().at(),
          key.created().by(),
          key.revoked().map(Change::at).orElse(null),
          key.revoked().map(Change::by).orElse(null),
          key.rotatedAt().orElse(null),
          secret);
    }
  }

  /** The key of a request. */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  @Schema(name = "OwnApiKey")
  @RegisterForReflection
  public record OwnApiKeyView(
      String id,
      List<String> scopes,
      @Schema(description = "The only federation the key is good for; absent: all.")
          @Nullable String federation) {}

  /** Body of a rotation. */
  @Schema(name = "ApiKeyRotation")
  @RegisterForReflection
  public record Rotation(
      @Schema(
              description = "For how long the old secret stays good beside the new one.",
              minimum = "0",
              maximum = "604800",
              defaultValue = "0")
          @Nullable Integer overlapSeconds) {}

  /** All keys. */
  @Schema(name = "ApiKeys")
  @RegisterForReflection
  public record ApiKeysView(List<ApiKeyView> apiKeys) {}

  private final ApiKeyRegistry registry;
  private final CurrentPrincipal caller;

  ApiKeysResource(ApiKeyRegistry registry, CurrentPrincipal caller) {
    this.registry = registry;
    this.caller = caller;
  }

  /** All keys, oldest first, without their secrets. */
  @GET
  @Operation(operationId = "listApiKeys", summary = "All API keys, without their secrets.")
  @APIResponse(responseCode = "200", description = "Oldest first.")
  public ApiKeysView all() {
    return new ApiKeysView(registry.all().stream().map(key -> ApiKeyView.of(key, null)).toList());
  }

  /** What the caller's key may do. */
  @GET
  @Path("/own")
  @RequiresScope(value = Scope.READ, ofTheKeyItself = true)
  @Operation(
      operationId = "getOwnApiKey",
      summary = "What the API key of this request may do.",
      description = "For clients that show only what will be allowed.")
  @APIResponse(responseCode = "200", description = "Its identifier, scopes and federation.")
  public OwnApiKeyView own() {
    Principal principal = caller.get();
    return new OwnApiKeyView(
        principal.keyId(),
        principal.scopes().stream().sorted().map(PrivacyView::lower).toList(),
        principal.federation().orElse(null));
  }

  /** Makes a key. */
  @POST
  @Operation(
      operationId = "createApiKey",
      summary = "Makes an API key. The answer shows it once; only its hash is stored.")
  @APIResponse(
      responseCode = "201",
      description = "The key.",
      content =
          @Content(
              mediaType = "application/json",
              schema = @Schema(implementation = ApiKeyView.class)))
  @APIResponse(responseCode = "400", ref = "InvalidRequest")
  @APIResponse(responseCode = "422", ref = "InvalidValue")
  public RestResponse<ApiKeyView> create(@Nullable NewApiKey body) {
    NewApiKey wanted = Parameters.body(body);
    String name = Parameters.required("name", wanted.name());
    if (name.isBlank() || name.length() > MAX_NAME) {
      throw ServiceException.invalidField(
          ErrorCode.INVALID_VALUE,
          new FieldViolation("name", name, "must be 1 to " + MAX_NAME + " characters"));
    }
    Set<KeyScope> scopes = scopes(Parameters.required("scopes", wanted.scopes()));
    Optional<FederationName> federation =
        Optional.ofNullable(wanted.federation())
            .map(text -> FederationConfigurations.name("federation", text));
    ApiKeyRegistry.NewKey made = registry.create(name, scopes, federation, caller.get().keyId());
    return RestResponse.status(
        RestResponse.Status.CREATED, ApiKeyView.of(made.key(), made.secret().reveal()));
  }

  /** Gives a key a new secret. */
  @POST
  @Path("/{id}/rotate")
  @Operation(
      operationId = "rotateApiKey",
      summary = "Gives an API key a new secret; identifier, scopes and federation stay.",
      description =
          "The old secret ends at once, or after overlap_seconds, at most a week; without a body, at once. Other"
              + " services stop accepting it within seconds after that.")
  @APIResponse(responseCode = "200", description = "The key, with its new secret, shown once.")
  @APIResponse(responseCode = "400", ref = "InvalidRequest")
  @APIResponse(responseCode = "404", ref = "NotFound")
  @APIResponse(responseCode = "409", ref = "Conflict")
  @APIResponse(responseCode = "422", ref = "InvalidValue")
  public ApiKeyView rotate(@RestPath String id, @Nullable Rotation body) {
    int overlap =
        body == null || body.overlapSeconds() == null
            ? 0
            : Parameters.between("overlap_seconds", body.overlapSeconds(), 0, MAX_OVERLAP_SECONDS);
    ApiKeyRegistry.NewKey made =
        registry.rotate(identifier(id), Duration.ofSeconds(overlap), caller.get().keyId());
    return ApiKeyView.of(made.key(), made.secret().reveal());
  }

  /** Revokes a key. */
  @DELETE
  @Path("/{id}")
  @Operation(
      operationId = "revokeApiKey",
      summary = "Revokes an API key; other services stop accepting it within seconds.")
  @APIResponse(responseCode = "200", description = "The key as it now is.")
  @APIResponse(responseCode = "404", ref = "NotFound")
  public ApiKeyView revoke(@RestPath String id) {
    return ApiKeyView.of(registry.revoke(identifier(id), caller.get().keyId()), null);
  }

  private static UUID identifier(String id) {
    try {
      return UUID.fromString(id);
    } catch (IllegalArgumentException e) {
      throw ServiceException.invalidField(
          ErrorCode.INVALID_REQUEST, new FieldViolation("id", id, "must be a UUID"));
    }
  }

  private static Set<KeyScope> scopes(List<@Nullable String> names) {
    Set<KeyScope> scopes = EnumSet.noneOf(KeyScope.class);
    for (int i = 0; i < names.size(); i++) {
      String name = names.get(i);
      Optional<KeyScope> scope =
          EnumSet.allOf(KeyScope.class).stream()
              .filter(candidate -> PrivacyView.lower(candidate).equals(name))
              .findFirst();
      if (scope.isEmpty()) {
        throw ServiceException.invalidField(
            ErrorCode.INVALID_VALUE,
            new FieldViolation(
                "scopes[" + i + "]", name, "accepted: admin, operator, auditor, read"));
      }
      scopes.add(scope.get());
    }
    if (scopes.isEmpty()) {
      throw ServiceException.invalidField(
          ErrorCode.INVALID_VALUE,
          new FieldViolation(
              "scopes", "[]", "must name at least one of admin, operator, auditor, read"));
    }
    return scopes;
  }
}
