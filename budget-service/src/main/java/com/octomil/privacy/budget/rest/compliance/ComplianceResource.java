package com.octomil.privacy.budget.rest.compliance;

import com.octomil.privacy.budget.app.FederationConfigurations;
import com.octomil.privacy.budget.app.compliance.Compliance;
import com.octomil.privacy.budget.domain.FederationName;
import com.octomil.privacy.budget.domain.compliance.ComplianceReport;
import com.octomil.privacy.budget.domain.compliance.DpiaBundle;
import com.octomil.privacy.budget.domain.compliance.Finding;
import com.octomil.privacy.kit.auth.CurrentPrincipal;
import com.octomil.privacy.kit.auth.RequiresScope;
import com.octomil.privacy.kit.auth.Scope;
import com.octomil.privacy.kit.error.ErrorCode;
import com.octomil.privacy.kit.error.FieldViolation;
import com.octomil.privacy.kit.error.ServiceException;
import io.quarkus.runtime.annotations.RegisterForReflection;
import io.smallrye.common.annotation.Blocking;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.net.URI;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jboss.resteasy.reactive.RestPath;

/** Compliance of a federation: the report on its profile, and DPIA bundles. */
@Path("/api/v1/federations/{federation}")
@Produces(MediaType.APPLICATION_JSON)
@Blocking
@Tag(name = "compliance")
public class ComplianceResource {

  private final Compliance compliance;
  private final CurrentPrincipal caller;

  ComplianceResource(Compliance compliance, CurrentPrincipal caller) {
    this.compliance = compliance;
    this.caller = caller;
  }

  /** The report. */
  @GET
  @Path("/compliance")
  @RequiresScope(Scope.READ)
  @Operation(
      operationId = "getCompliance",
      summary = "What holds of the compliance profiles, clause by clause, and what does not.",
      description =
          "Clauses of other profiles than the federation's are there for comparison; only those that apply decide.")
  @APIResponse(responseCode = "200", description = "The report.")
  @APIResponse(responseCode = "404", ref = "NotFound")
  public ReportView report(@RestPath String federation) {
    FederationName name = FederationConfigurations.name("federation", federation);
    return ReportView.of(name, compliance.report(name));
  }

  /** Makes a bundle. */
  @POST
  @Path("/dpia-bundles")
  @RequiresScope(Scope.OPERATOR)
  @Operation(
      operationId = "createDpiaBundle",
      summary = "Makes a DPIA bundle of the current version as it is now.",
      description =
          "A ZIP archive with the configuration, the guarantee, rounds and cohorts, regions, retention, changes, the"
              + " compliance report and a signed checkpoint of the audit log, as JSON and as a page to be printed. The"
              + " profile 'gdpr' refuses the first round of a version until there is one.")
  @APIResponse(
      responseCode = "201",
      description = "Made and kept.",
      content =
          @Content(
              mediaType = "application/json",
              schema = @Schema(implementation = BundleView.class)))
  @APIResponse(responseCode = "404", ref = "NotFound")
  @APIResponse(responseCode = "409", ref = "Conflict")
  public Response create(@RestPath String federation) {
    FederationName name = FederationConfigurations.name("federation", federation);
    DpiaBundle bundle = compliance.generate(name, caller.get().keyId());
    return Response.created(
            URI.create("/api/v1/federations/" + federation + "/dpia-bundles/" + bundle.id()))
        .entity(BundleView.of(bundle))
        .build();
  }

  /** All bundles. */
  @GET
  @Path("/dpia-bundles")
  @RequiresScope(Scope.READ)
  @Operation(operationId = "listDpiaBundles", summary = "DPIA bundles, newest first.")
  @APIResponse(responseCode = "200", description = "All bundles.")
  @APIResponse(responseCode = "404", ref = "NotFound")
  public BundlesView bundles(@RestPath String federation) {
    FederationName name = FederationConfigurations.name("federation", federation);
    return new BundlesView(compliance.bundles(name).stream().map(BundleView::of).toList());
  }

  /** One archive. */
  @GET
  @Path("/dpia-bundles/{bundle}")
  @Produces("application/zip")
  @RequiresScope(Scope.READ)
  @Operation(operationId = "getDpiaBundle", summary = "The ZIP archive of a DPIA bundle.")
  @APIResponse(responseCode = "200", description = "The archive, as it was made.")
  @APIResponse(responseCode = "400", ref = "InvalidRequest")
  @APIResponse(responseCode = "404", ref = "NotFound")
  public Response archive(@RestPath String federation, @RestPath String bundle) {
    FederationName name = FederationConfigurations.name("federation", federation);
    UUID id;
    try {
      id = UUID.fromString(bundle);
    } catch (IllegalArgumentException e) {
      throw ServiceException.invalidField(
          ErrorCode.INVALID_REQUEST, new FieldViolation("bundle", bundle, "must be a UUID"));
    }
    return Response.ok(compliance.content(name, id), "application/zip")
        .header(
            HttpHeaders.CONTENT_DISPOSITION,
            "attachment; filename=\"" + federation + "-dpia-" + id + ".zip\"")
        .build();
  }

  /** A report. */
  @Schema(name = "ComplianceReport")
  @RegisterForReflection
  public record ReportView(
      String federation,
      @Schema(enumeration = {"none", "hipaa", "gdpr"}) String profile,
      @Schema(description = "Whether all clauses hold that apply.") boolean complies,
      List<FindingView> findings) {

    static ReportView of(FederationName federation, ComplianceReport report) {
      return new ReportView(
          federation.value(),
          report.profile().name().toLowerCase(Locale.ROOT),
          report.complies(),
          report.findings().stream().map(FindingView::of).toList());
    }
  }

  /** Whether a clause holds. */
  @Schema(name = "ComplianceFinding")
  @RegisterForReflection
  public record FindingView(
      String clause,
      @Schema(description = "Whether the federation's profile contains the clause.")
          boolean applies,
      boolean holds,
      String requirement,
      String reference,
      String evidence) {

    static FindingView of(Finding finding) {
      return new FindingView(
          finding.clause().id(),
          finding.applies(),
          finding.holds(),
          finding.clause().requirement(),
          finding.clause().reference(),
          finding.evidence());
    }
  }

  /** All bundles. */
  @Schema(name = "DpiaBundles")
  @RegisterForReflection
  public record BundlesView(List<BundleView> bundles) {}

  /** A bundle. */
  @Schema(name = "DpiaBundle")
  @RegisterForReflection
  public record BundleView(
      String id,
      @Schema(description = "Version of the federation that it describes.") int version,
      int configuration,
      @Schema(description = "Of the archive, hexadecimal.") String sha256,
      int bytes,
      Instant createdAt,
      String createdBy) {

    static BundleView of(DpiaBundle bundle) {
      return new BundleView(
          bundle.id().toString(),
          bundle.version(),
          bundle.configuration(),
          bundle.sha256(),
          bundle.bytes(),
          bundle.createdAt(),
          bundle.createdBy());
    }
  }
}
