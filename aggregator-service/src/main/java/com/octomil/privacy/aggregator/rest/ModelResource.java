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
import org.jspecify.annotations.Nullable;

/** Models: initial weights in, metadata and versions out. */
@Path("/api/v1/federations/{federation}/models/{model}")
@Produces(MediaType.APPLICATION_JSON)
public class ModelResource {
  private final ModelCatalog catalog;

  ModelResource(ModelCatalog catalog) {
    this.catalog = catalog;
  }

  /** A model and its lineage. */
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

  /** Stores initial weights: IEEE 754 binary32, little-endian. */
  @PUT
  @Consumes(MediaType.APPLICATION_OCTET_STREAM)
  @RequiresScope(Scope.OPERATOR)
  public Response put(
      @PathParam("federation") String federation, @PathParam("model") String model, byte[] body) {
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
  @RequiresScope(Scope.READ)
  public ModelView get(
      @PathParam("federation") String federation, @PathParam("model") String model) {
    return view(catalog.get(Names.federation(federation), Names.model("model", model)));
  }

  /** The weights of a version. */
  @GET
  @Path("versions/{version}")
  @Produces(MediaType.APPLICATION_OCTET_STREAM)
  @RequiresScope(Scope.READ)
  public Response version(
      @PathParam("federation") String federation,
      @PathParam("model") String model,
      @PathParam("version") String version) {
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
