package com.octomil.privacy.aggregator.rest;

import com.octomil.privacy.aggregator.app.ProgressFeed;
import com.octomil.privacy.aggregator.app.TrainingJobs;
import com.octomil.privacy.aggregator.domain.FederationName;
import com.octomil.privacy.aggregator.domain.JobProgress;
import com.octomil.privacy.aggregator.domain.TrainingJob;
import com.octomil.privacy.kit.auth.RequiresScope;
import com.octomil.privacy.kit.auth.Scope;
import com.octomil.privacy.kit.error.ErrorCode;
import com.octomil.privacy.kit.error.ServiceException;
import io.quarkus.runtime.annotations.RegisterForReflection;
import io.smallrye.common.annotation.Blocking;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.subscription.MultiEmitter;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.sse.OutboundSseEvent;
import jakarta.ws.rs.sse.Sse;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.ExampleObject;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponseSchema;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jspecify.annotations.Nullable;

/** Training jobs and their rounds. */
@Path("/api/v1/federations/{federation}/training")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "Training")
public class TrainingResource {
  /** Events that a slow reader may leave waiting; then its stream breaks off. */
  private static final int MOST_WAITING = 256;

  private final TrainingJobs jobs;
  private final ProgressFeed feed;

  TrainingResource(TrainingJobs jobs, ProgressFeed feed) {
    this.jobs = jobs;
    this.feed = feed;
  }

  /** The jobs of a federation, newest first. */
  @RegisterForReflection
  public record JobList(List<TrainingViews.JobView> jobs) {}

  /**
   * The released integer sum of a round; the model changed by value * grid_step / denominator *
   * server learning rate.
   *
   * @param number of the round within its job
   * @param aggregate the integers
   */
  @RegisterForReflection
  public record AggregateView(int number, List<Long> aggregate) {}

  @POST
  @Consumes(MediaType.APPLICATION_JSON)
  @RequiresScope(Scope.OPERATOR)
  @Operation(
      operationId = "startTraining",
      summary = "Start a training job",
      description = "One runs at a time.")
  @APIResponse(
      responseCode = "202",
      description = "Accepted; Location names the job.",
      content = @Content(schema = @Schema(implementation = TrainingViews.JobView.class)))
  @APIResponse(responseCode = "404", ref = "NotFound")
  @APIResponse(responseCode = "409", ref = "Conflict")
  public Response start(
      @PathParam("federation") String federation,
      @Nullable
          @RequestBody(
              content =
                  @Content(
                      schema = @Schema(implementation = TrainingRequest.class),
                      examples = {
                        @ExampleObject(name = "FedAvg", value = TrainingRequest.FEDAVG_EXAMPLE),
                        @ExampleObject(name = "FedProx", value = TrainingRequest.FEDPROX_EXAMPLE),
                        @ExampleObject(name = "FedAdam", value = TrainingRequest.FEDADAM_EXAMPLE),
                        @ExampleObject(
                            name = "Trimmed mean, without secure aggregation",
                            value = TrainingRequest.TRIMMED_EXAMPLE)
                      }))
          TrainingRequest request) {
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
  @Operation(
      operationId = "listTrainingJobs",
      summary = "Training jobs, newest first; without their rounds")
  public JobList list(@PathParam("federation") String federation) {
    return new JobList(
        jobs.list(Names.federation(federation)).stream()
            .map(job -> TrainingViews.of(TrainingJobs.Progress.of(job)))
            .toList());
  }

  @GET
  @Path("{id}")
  @RequiresScope(Scope.READ)
  @Operation(operationId = "getTrainingJob", summary = "A training job with its rounds")
  @APIResponseSchema(TrainingViews.JobView.class)
  @APIResponse(responseCode = "404", ref = "NotFound")
  public TrainingViews.JobView get(
      @PathParam("federation") String federation,
      @Parameter(description = "Identifier of the job: a UUID.") @PathParam("id") String id) {
    return TrainingViews.of(jobs.get(Names.federation(federation), Names.job(id)));
  }

  /**
   * Events {@code job} and {@code round}, each with the present state of what changed; ends with
   * the job. A reader that was cut off goes on with {@code Last-Event-ID}.
   */
  @GET
  @Path("{id}/progress")
  @Produces(MediaType.SERVER_SENT_EVENTS)
  @RequiresScope(Scope.READ)
  @Operation(
      operationId = "followTraining",
      summary = "Follow a training job",
      description = "Ends with the job. A reader that was cut off goes on with Last-Event-ID.")
  @APIResponse(
      responseCode = "200",
      description = "Server-sent events.",
      content =
          @Content(
              mediaType = MediaType.SERVER_SENT_EVENTS,
              examples =
                  @ExampleObject(
                      name = "A round",
                      value =
                          "id: running/3/1/uploading\nevent: round\ndata: {\"number\": 3, \"attempt\": 1,"
                              + " \"state\": \"uploading\", \"cohort\": 57}\n\n")))
  @APIResponse(responseCode = "404", ref = "NotFound")
  @APIResponse(responseCode = "429", description = "This replica serves enough streams.")
  @Blocking
  public Multi<OutboundSseEvent> progress(
      @PathParam("federation") String federation,
      @Parameter(description = "Identifier of the job: a UUID.") @PathParam("id") String id,
      @Parameter(description = "Identifier of the last event that the reader has.")
          @HeaderParam("Last-Event-ID")
          @Nullable String lastEvent,
      @Context Sse sse) {
    ProgressFeed.Reader reader =
        feed.open(Names.federation(federation), Names.job(id), Names.lastEvent(lastEvent));
    return Multi.createFrom()
        .emitter(
            emitter -> {
              emitter.onTermination(reader::close);
              reader.start(new Telling(emitter, sse));
            },
            MOST_WAITING);
  }

  private record Telling(MultiEmitter<? super OutboundSseEvent> to, Sse sse)
      implements ProgressFeed.Listener {
    @Override
    public void changed(JobProgress.Change change) {
      to.emit(ProgressViews.of(sse, change));
    }

    @Override
    public void quiet() {
      to.emit(sse.newEventBuilder().comment("still here").build());
    }

    @Override
    public void ended() {
      to.complete();
    }
  }

  @POST
  @Path("{id}/cancel")
  @RequiresScope(Scope.OPERATOR)
  @Operation(
      operationId = "cancelTrainingJob",
      summary = "Cancel a training job",
      description = "The round that runs is aborted.")
  @APIResponseSchema(TrainingViews.JobView.class)
  @APIResponse(responseCode = "404", ref = "NotFound")
  @APIResponse(responseCode = "409", ref = "Conflict")
  public TrainingViews.JobView cancel(
      @PathParam("federation") String federation,
      @Parameter(description = "Identifier of the job: a UUID.") @PathParam("id") String id) {
    FederationName name = Names.federation(federation);
    TrainingJob job = jobs.cancel(name, Names.job(id));
    return TrainingViews.of(jobs.get(name, job.id()));
  }

  /** The round that runs is allowed to end. */
  @POST
  @Path("{id}/pause")
  @RequiresScope(Scope.OPERATOR)
  @Operation(
      operationId = "pauseTraining",
      summary = "Pause a training job",
      description = "Once the round that runs is over; pause_requested is true until then.")
  @APIResponseSchema(TrainingViews.JobView.class)
  @APIResponse(responseCode = "404", ref = "NotFound")
  @APIResponse(responseCode = "409", ref = "Conflict")
  public TrainingViews.JobView pause(
      @PathParam("federation") String federation,
      @Parameter(description = "Identifier of the job: a UUID.") @PathParam("id") String id) {
    FederationName name = Names.federation(federation);
    TrainingJob job = jobs.pause(name, Names.job(id));
    return TrainingViews.of(jobs.get(name, job.id()));
  }

  @POST
  @Path("{id}/resume")
  @RequiresScope(Scope.OPERATOR)
  @Operation(operationId = "resumeTrainingJob", summary = "Resume a paused training job")
  @APIResponseSchema(TrainingViews.JobView.class)
  @APIResponse(responseCode = "404", ref = "NotFound")
  @APIResponse(responseCode = "409", ref = "Conflict")
  public TrainingViews.JobView resume(
      @PathParam("federation") String federation,
      @Parameter(description = "Identifier of the job: a UUID.") @PathParam("id") String id) {
    FederationName name = Names.federation(federation);
    TrainingJob job = jobs.resume(name, Names.job(id));
    return TrainingViews.of(jobs.get(name, job.id()));
  }

  /** The last attempt at a round. */
  @GET
  @Path("{id}/rounds/{number}")
  @RequiresScope(Scope.READ)
  @Operation(operationId = "getRound", summary = "The last attempt at a round")
  @APIResponseSchema(TrainingViews.RoundView.class)
  @APIResponse(responseCode = "404", ref = "NotFound")
  public TrainingViews.RoundView round(
      @PathParam("federation") String federation,
      @Parameter(description = "Identifier of the job: a UUID.") @PathParam("id") String id,
      @Parameter(description = "Number of the round within its job, from 1.") @PathParam("number")
          String number) {
    FederationName name = Names.federation(federation);
    return TrainingViews.of(
        jobs.round(name, Names.job(id), Names.positive("number", number)).getLast(),
        jobs.get(name, Names.job(id)).faults());
  }

  /** The released sum as JSON; no secret from those who may read the model versions around it. */
  @GET
  @Path("{id}/rounds/{number}/aggregate")
  @RequiresScope(Scope.READ)
  @Operation(
      operationId = "getAggregate",
      summary = "The released sum of a round",
      description = "As JSON, or with Accept: application/octet-stream as int64, little-endian.")
  @APIResponse(
      responseCode = "200",
      description = "The integers.",
      content = {
        @Content(
            mediaType = MediaType.APPLICATION_JSON,
            schema = @Schema(implementation = AggregateView.class)),
        @Content(
            mediaType = MediaType.APPLICATION_OCTET_STREAM,
            schema = @Schema(type = SchemaType.STRING, format = "binary"))
      })
  @APIResponse(responseCode = "404", ref = "NotFound")
  public AggregateView aggregate(
      @PathParam("federation") String federation,
      @Parameter(description = "Identifier of the job: a UUID.") @PathParam("id") String id,
      @Parameter(description = "Number of the round within its job, from 1.") @PathParam("number")
          String number) {
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
  @Operation(hidden = true)
  public byte[] aggregateOctets(
      @PathParam("federation") String federation,
      @Parameter(description = "Identifier of the job: a UUID.") @PathParam("id") String id,
      @Parameter(description = "Number of the round within its job, from 1.") @PathParam("number")
          String number) {
    return jobs.aggregate(
        Names.federation(federation), Names.job(id), Names.positive("number", number));
  }
}
