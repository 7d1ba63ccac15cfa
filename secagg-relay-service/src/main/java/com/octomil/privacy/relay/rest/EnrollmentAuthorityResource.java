package com.octomil.privacy.relay.rest;

import com.octomil.privacy.relay.app.EnrollmentAuthority;
import io.quarkus.runtime.annotations.RegisterForReflection;
import jakarta.annotation.security.PermitAll;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.util.Base64;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;

/** The enrolment authority, so that operators can pin its key in their devices. */
@Path("/api/v1/enrollment-authority")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "Enrolment authority")
public class EnrollmentAuthorityResource {

  private final EnrollmentAuthority authority;

  EnrollmentAuthorityResource(EnrollmentAuthority authority) {
    this.authority = authority;
  }

  /**
   * The public key.
   *
   * @param algorithm always {@code Ed25519}
   * @param publicKey 32 bytes in base64
   * @param sha256 fingerprint of the key in hexadecimal, for comparison by people
   */
  @RegisterForReflection
  public record Authority(String algorithm, String publicKey, String sha256) {}

  /** Shows the public key; needs no API key. */
  @GET
  @PermitAll
  @Operation(
      operationId = "getEnrollmentAuthority",
      summary = "Public key of the enrolment authority; needs no API key")
  public Authority get() {
    return new Authority(
        "Ed25519",
        Base64.getEncoder().encodeToString(authority.publicKey().toArray()),
        authority.publicKey().sha256().hex());
  }
}
