package com.octomil.privacy.budget.rest;

import io.quarkus.runtime.annotations.RegisterForReflection;
import jakarta.ws.rs.core.Application;
import java.net.URI;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.Components;
import org.eclipse.microprofile.openapi.annotations.OpenAPIDefinition;
import org.eclipse.microprofile.openapi.annotations.enums.SecuritySchemeType;
import org.eclipse.microprofile.openapi.annotations.info.Info;
import org.eclipse.microprofile.openapi.annotations.info.License;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.security.SecurityRequirement;
import org.eclipse.microprofile.openapi.annotations.security.SecurityScheme;
import org.jspecify.annotations.Nullable;

/** What the whole API has in common, for its OpenAPI document. */
@OpenAPIDefinition(
    info =
        @Info(
            title = "Octomil Privacy: budget service",
            version = "v1",
            description =
                "Federations, their privacy configuration, their epsilon budget, and API keys.",
            license =
                @License(
                    name = "Apache-2.0",
                    url = "https://www.apache.org/licenses/LICENSE-2.0.txt")),
    security = @SecurityRequirement(name = "api_key"),
    components =
        @Components(
            securitySchemes =
                @SecurityScheme(
                    securitySchemeName = "api_key",
                    type = SecuritySchemeType.HTTP,
                    scheme = "bearer",
                    bearerFormat = "edg_ and 43 base64url characters"),
            responses = {
              @APIResponse(
                  name = "InvalidRequest",
                  responseCode = "400",
                  description =
                      "urn:octomil:problem:invalid-request: malformed, unknown or missing fields.",
                  content =
                      @Content(
                          mediaType = "application/problem+json",
                          schema = @Schema(implementation = BudgetApi.Problem.class))),
              @APIResponse(
                  name = "Unauthenticated",
                  responseCode = "401",
                  description =
                      "urn:octomil:problem:unauthenticated: no API key, or a wrong or revoked one.",
                  content =
                      @Content(
                          mediaType = "application/problem+json",
                          schema = @Schema(implementation = BudgetApi.Problem.class))),
              @APIResponse(
                  name = "Forbidden",
                  responseCode = "403",
                  description =
                      "urn:octomil:problem:forbidden: the key lacks the scope, or is good for another federation."
                          + " urn:octomil:problem:region-refused: the federation is pinned to regions, and this"
                          + " service is in another.",
                  content =
                      @Content(
                          mediaType = "application/problem+json",
                          schema = @Schema(implementation = BudgetApi.Problem.class))),
              @APIResponse(
                  name = "NotFound",
                  responseCode = "404",
                  description = "urn:octomil:problem:not-found",
                  content =
                      @Content(
                          mediaType = "application/problem+json",
                          schema = @Schema(implementation = BudgetApi.Problem.class))),
              @APIResponse(
                  name = "Conflict",
                  responseCode = "409",
                  description = "urn:octomil:problem:conflict: contradicts the present state.",
                  content =
                      @Content(
                          mediaType = "application/problem+json",
                          schema = @Schema(implementation = BudgetApi.Problem.class))),
              @APIResponse(
                  name = "PreconditionFailed",
                  responseCode = "412",
                  description =
                      "urn:octomil:problem:precondition-failed: changed since it was read.",
                  content =
                      @Content(
                          mediaType = "application/problem+json",
                          schema = @Schema(implementation = BudgetApi.Problem.class))),
              @APIResponse(
                  name = "UnsupportedMediaType",
                  responseCode = "415",
                  description = "urn:octomil:problem:unsupported-media-type",
                  content =
                      @Content(
                          mediaType = "application/problem+json",
                          schema = @Schema(implementation = BudgetApi.Problem.class))),
              @APIResponse(
                  name = "TooManyRequests",
                  responseCode = "429",
                  description =
                      "urn:octomil:problem:too-many-requests: too many wrong API keys came from this address; see Retry-After.",
                  content =
                      @Content(
                          mediaType = "application/problem+json",
                          schema = @Schema(implementation = BudgetApi.Problem.class))),
              @APIResponse(
                  name = "Internal",
                  responseCode = "500",
                  description = "urn:octomil:problem:internal: a bug; the service's log says more.",
                  content =
                      @Content(
                          mediaType = "application/problem+json",
                          schema = @Schema(implementation = BudgetApi.Problem.class))),
              @APIResponse(
                  name = "Unavailable",
                  responseCode = "503",
                  description =
                      "urn:octomil:problem:unavailable: the database does not answer; see Retry-After.",
                  content =
                      @Content(
                          mediaType = "application/problem+json",
                          schema = @Schema(implementation = BudgetApi.Problem.class))),
              @APIResponse(
                  name = "InvalidValue",
                  responseCode = "422",
                  description =
                      "urn:octomil:problem:invalid-value: out of range, alone or together.",
                  content =
                      @Content(
                          mediaType = "application/problem+json",
                          schema = @Schema(implementation = BudgetApi.Problem.class)))
            }))
public class BudgetApi extends Application {

  /** An error (RFC 9457). */
  @Schema(name = "Problem")
  @RegisterForReflection
  public record Problem(
      URI type,
      String title,
      int status,
      String detail,
      String instance,
      @Nullable List<FieldError> errors) {}

  /** A field that was not accepted. */
  @Schema(name = "FieldError")
  @RegisterForReflection
  public record FieldError(String field, @Nullable String value, String message) {}
}
