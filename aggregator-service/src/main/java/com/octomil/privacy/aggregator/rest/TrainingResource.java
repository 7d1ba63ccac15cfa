package com.octomil.privacy.aggregator.rest;

import com.octomil.privacy.aggregator.app.TrainingJobs;
import com.octomil.privacy.aggregator.domain.FederationName;
import com.octomil.privacy.aggregator.domain.TrainingJob;
import com.octomil.privacy.kit.auth.RequiresScope;
import com.octomil.privacy.kit.auth.Scope;
import com.octomil.privacy.kit.error.ErrorCode;
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
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Training jobs and their rounds. */
@Path("/api/v1/federations/{federation}/training")
@Produces(MediaType.APPLICATION_JSON)
public class TrainingResource {
  private final TrainingJobs jobs;

  TrainingResource(TrainingJobs jobs) {
    this.jobs = jobs;
  }

  /** The jobs of a federation, newest first. */
  @RegisterForReflection
  public record JobList(List<TrainingViews.JobView> jobs) {}

  /**
   * The released integer sum of a round; the model changed by value * grid_step / denominator *
   * server learning rate.
   */
  @RegisterForReflection
  public record AggregateView(int number, List<Long> aggregate) {}

  @POST
  @Consumes(MediaType.APPLICATION_JSON)
  @RequiresScope(Scope.OPERATOR)
  public Response start(
      @PathParam("federation") String federation, @Nullable TrainingRequest request) {
    FederationName name = Names.federation(federation);
    if (request == null) {
      throw new ServiceException(
          ErrorCode.INVALID_REQUEST, "The body is empty; it must be a JSON object.");
    }
    TrainingJob job = jobs.start(name, request.toOrder());
    return Response.accepted(TrainingViews.of(TrainingJobs.Progress.of(job)))
        .location(URI.create("/api/v1/federations/" + federation + "/training/" + job.id()))
        .build();
  }

  @GET
  @RequiresScope(Scope.READ)
  public JobList list(@PathParam("federation") String federation) {
    return new JobList(
        jobs.list(Names.federation(federation)).stream()
            .map(job -> TrainingViews.of(TrainingJobs.Progress.of(job)))
            .toList());
  }

  @GET
  @Path("{id}")
  @RequiresScope(Scope.READ)
  public TrainingViews.JobView get(
      @PathParam("federation") String federation, @PathParam("id") String id) {
    return TrainingViews.of(jobs.get(Names.federation(federation), Names.job(id)));
  }

  @POST
  @Path("{id}/cancel")
  @RequiresScope(Scope.OPERATOR)
  public TrainingViews.JobView cancel(
      @PathParam("federation") String federation, @PathParam("id") String id) {
    FederationName name = Names.federation(federation);
    TrainingJob job = jobs.cancel(name, Names.job(id));
    return TrainingViews.of(jobs.get(name, job.id()));
  }

  /** The round that runs is allowed to end. */
  @POST
  @Path("{id}/pause")
  @RequiresScope(Scope.OPERATOR)
  public TrainingViews.JobView pause(
      @PathParam("federation") String federation, @PathParam("id") String id) {
    FederationName name = Names.federation(federation);
    TrainingJob job = jobs.pause(name, Names.job(id));
    return TrainingViews.of(jobs.get(name, job.id()));
  }

  @POST
  @Path("{id}/resume")
  @RequiresScope(Scope.OPERATOR)
  public TrainingViews.JobView resume(
      @PathParam("federation") String federation, @PathParam("id") String id) {
    FederationName name = Names.federation(federation);
    TrainingJob job = jobs.resume(name, Names.job(id));
    return TrainingViews.of(jobs.get(name, job.id()));
  }

  /** The last attempt at a round. */
  @GET
  @Path("{id}/rounds/{number}")
  @RequiresScope(Scope.READ)
  public TrainingViews.RoundView round(
      @PathParam("federation") String federation,
      @PathParam("id") String id,
      @PathParam("number") String number) {
    FederationName name = Names.federation(federation);
    return TrainingViews.of(
        jobs.round(name, Names.job(id), Names.positive("number", number)).getLast(),
        jobs.get(name, Names.job(id)).faults());
  }

  /** The released sum as JSON; no secret from those who may read the model versions around it. */
  @GET
  @Path("{id}/rounds/{number}/aggregate")
  @RequiresScope(Scope.READ)
  public AggregateView aggregate(
      @PathParam("federation") String federation,
      @PathParam("id") String id,
      @PathParam("number") String number) {
    int parsed = Names.positive("number", number);
    byte[] octets = jobs.aggregate(Names.federation(federation), Names.job(id), parsed);
    long[] values = new long[octets.length / Long.BYTES];
    ByteBuffer.wrap(octets).order(ByteOrder.LITTLE_ENDIAN).asLongBuffer().get(values);
    return new AggregateView(parsed, java.util.Arrays.stream(values).boxed().toList());
  }

  /** The released sum as int64, little-endian. */
  @GET
  @Path("{id}/rounds/{number}/aggregate")
  @Produces(MediaType.APPLICATION_OCTET_STREAM)
  @RequiresScope(Scope.READ)
  public byte[] aggregateOctets(
      @PathParam("federation") String federation,
      @PathParam("id") String id,
      @PathParam("number") String number) {
    return jobs.aggregate(
        Names.federation(federation), Names.job(id), Names.positive("number", number));
  }
}
