package com.octomil.privacy.aggregator.rest;

import com.octomil.privacy.aggregator.app.ModelCatalog;
import com.octomil.privacy.aggregator.domain.FederationName;
import com.octomil.privacy.aggregator.domain.Model;
import com.octomil.privacy.aggregator.domain.ModelName;
import com.octomil.privacy.aggregator.domain.Octets;
import com.octomil.privacy.aggregator.domain.RoundId;
import com.octomil.privacy.kit.auth.RequiresScope;
import com.octomil.privacy.kit.auth.Scope;
import io.quarkus.runtime.annotations.RegisterForReflection;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.net.URI;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponseSchema;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jspecify.annotations.Nullable;

/** Models: initial weights in, metadata and versions out. */
@Path("/api/v1/federations/{federation}/models")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "Models")
public class ModelResource {
  private final ModelCatalog catalog;

  ModelResource(ModelCatalog catalog) {
    this.catalog = catalog;
  }

  /**
   * A model and its lineage.
   *
   * @param federation its name
   * @param name of the model
   * @param vectorLength number of weights
   * @param latestVersion number of the latest version
   * @param sha256 of the latest version's weights, hexadecimal
   * @param createdAt when it was uploaded
   * @param versions by rising number, from 1
   */
  @RegisterForReflection
  public record ModelView(
      String federation,
      String name,
      int vectorLength,
      int latestVersion,
      String sha256,
      String createdAt,
      List<VersionView> versions) {}

  /**
   * One version; job and round are null for uploaded and rebuilt weights, the last two for all
   * others.
   *
   * @param version number, from 1
   * @param sha256 of the weights, hexadecimal
   * @param createdAt when it was made
   * @param jobId job that made it
   * @param roundId round that made it, hexadecimal
   * @param roundNumber of that round within its job
   * @param rebuiltFrom version that it takes the place of
   * @param excludedRounds rounds that it was rebuilt without, hexadecimal
   */
  @RegisterForReflection
  public record VersionView(
      int version,
      String sha256,
      String createdAt,
      @Nullable String jobId,
      @Nullable String roundId,
      @Nullable Integer roundNumber,
      @Nullable Integer rebuiltFrom,
      @Nullable List<String> excludedRounds) {}

  /** The models of a federation. */
  @RegisterForReflection
  public record ModelList(List<SummaryView> models) {}

  /**
   * A model at a glance.
   *
   * @param name of the model
   * @param vectorLength number of weights
   * @param latestVersion number of the latest version
   * @param sha256 of the latest version, hexadecimal
   * @param createdAt when it was uploaded
   */
  @RegisterForReflection
  public record SummaryView(
      String name, int vectorLength, int latestVersion, String sha256, String createdAt) {}

  /** All models by name. */
  @GET
  @RequiresScope(Scope.READ)
  @Operation(operationId = "listModels", summary = "The models of a federation, by name")
  public ModelList list(@PathParam("federation") String federation) {
    return new ModelList(
        catalog.list(Names.federation(federation)).stream()
            .map(model ->
                new SummaryView(
                    model.name().value(),
                    model.vectorLength(),
                    model.latestVersion(),
                    model.sha256().hex(),
                    model.createdAt().toString()))
            .toList());
  }

  /** Stores initial weights: IEEE 754 binary32, little-endian. */
  @PUT
  @Path("{model}")
  @Consumes(MediaType.APPLICATION_OCTET_STREAM)
  @RequiresScope(Scope.OPERATOR)
  @Operation(
      operationId = "putModel",
      summary = "Store initial weights",
      description =
          "IEEE 754 binary32, little-endian. The same weights again change nothing; others are refused.")
  @APIResponse(
      responseCode = "200",
      description = "These weights are there already.",
      content = @Content(schema = @Schema(implementation = ModelView.class)))
  @APIResponse(
      responseCode = "201",
      description = "Stored as version 1.",
      content = @Content(schema = @Schema(implementation = ModelView.class)))
  @APIResponse(responseCode = "409", ref = "Conflict")
  @APIResponse(responseCode = "413", ref = "PayloadTooLarge")
  public Response put(
      @PathParam("federation") String federation,
      @Parameter(description = "Name of the model: a DNS label.") @PathParam("model") String model,
      byte[] body) {
    FederationName federationName = Names.federation(federation);
    ModelName name = Names.model("model", model);
    boolean created = catalog.create(federationName, name, body);
    ModelView view = view(catalog.get(federationName, name));
    return created
        ? Response.created(URI.create("/api/v1/federations/" + federation + "/models/" + model))
            .entity(view)
            .build()
        : Response.ok(view).build();
  }

  @GET
  @Path("{model}")
  @RequiresScope(Scope.READ)
  @Operation(operationId = "getModel", summary = "A model and the lineage of its versions")
  @APIResponseSchema(ModelView.class)
  @APIResponse(responseCode = "404", ref = "NotFound")
  public ModelView get(
      @PathParam("federation") String federation,
      @Parameter(description = "Name of the model: a DNS label.") @PathParam("model")
          String model) {
    return view(catalog.get(Names.federation(federation), Names.model("model", model)));
  }

  /** The weights of a version. */
  @GET
  @Path("{model}/versions/{version}")
  @Produces(MediaType.APPLICATION_OCTET_STREAM)
  @RequiresScope(Scope.READ)
  @Operation(
      operationId = "getModelVersion",
      summary = "The weights of a version",
      description =
          "IEEE 754 binary32, little-endian. The entity tag is their SHA-256 in hexadecimal.")
  @APIResponse(
      responseCode = "200",
      description = "The weights.",
      content =
          @Content(
              mediaType = MediaType.APPLICATION_OCTET_STREAM,
              schema = @Schema(type = SchemaType.STRING, format = "binary")))
  @APIResponse(responseCode = "404", ref = "NotFound")
  public Response version(
      @PathParam("federation") String federation,
      @Parameter(description = "Name of the model: a DNS label.") @PathParam("model") String model,
      @Parameter(description = "Number of the version, from 1.") @PathParam("version")
          String version) {
    byte[] content =
        catalog.content(
            Names.federation(federation),
            Names.model("model", model),
            Names.positive("version", version));
    return Response.ok(content).header("ETag", '"' + Octets.sha256(content).hex() + '"').build();
  }

  private static ModelView view(Model model) {
    return new ModelView(
        model.federation().value(),
        model.name().value(),
        model.vectorLength(),
        model.latest().version(),
        model.latest().sha256().hex(),
        model.createdAt().toString(),
        model.versions().stream().map(ModelResource::view).toList());
  }

  private static VersionView view(Model.Version version) {
    return new VersionView(
        version.version(),
        version.sha256().hex(),
        version.createdAt().toString(),
        version.madeBy().map(lineage -> lineage.job().toString()).orElse(null),
        version.madeBy().map(lineage -> lineage.round().hex()).orElse(null),
        version.madeBy().map(Model.Lineage::roundNumber).orElse(null),
        version.rebuilt().map(Model.Rebuilt::fromVersion).orElse(null),
        version
            .rebuilt()
            .map(rebuilt -> rebuilt.excluded().stream().map(RoundId::hex).toList())
            .orElse(null));
  }
}
