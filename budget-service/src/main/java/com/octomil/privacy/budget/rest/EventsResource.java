package com.octomil.privacy.budget.rest;

import com.octomil.privacy.budget.domain.EventKind;
import com.octomil.privacy.budget.domain.EventLog;
import com.octomil.privacy.budget.domain.FederationName;
import com.octomil.privacy.kit.auth.RequiresScope;
import com.octomil.privacy.kit.auth.Scope;
import com.octomil.privacy.kit.error.ErrorCode;
import com.octomil.privacy.kit.error.FieldViolation;
import com.octomil.privacy.kit.error.ServiceException;
import io.smallrye.common.annotation.Blocking;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jboss.resteasy.reactive.RestQuery;
import org.jspecify.annotations.Nullable;

/** What happened anywhere, for auditors. */
@Path("/api/v1/events")
@Produces(MediaType.APPLICATION_JSON)
@Blocking
@RequiresScope(Scope.AUDITOR)
@Tag(name = "events")
public class EventsResource {

  private final EventLog log;

  EventsResource(EventLog log) {
    this.log = log;
  }

  /** Events of all federations. */
  @GET
  @Operation(
      operationId = "listEvents",
      summary =
          "Everything that happened: configurations, allocations, exhaustion, spikes and API keys, oldest first.")
  @APIResponse(responseCode = "200", description = "A page of events.")
  @APIResponse(responseCode = "400", ref = "InvalidRequest")
  @APIResponse(responseCode = "422", ref = "InvalidValue")
  public EventsView all(
      @RestQuery @Nullable String kind,
      @RestQuery @Nullable String after,
      @RestQuery @Nullable String limit) {
    return page(log, Optional.empty(), kind(kind), after, limit);
  }

  static EventsView page(
      EventLog log,
      Optional<FederationName> federation,
      Optional<EventKind> kind,
      @Nullable String after,
      @Nullable String limit) {
    int size = Parameters.pageSize(limit);
    return EventsView.of(log.page(federation, kind, Parameters.after(after), size), size);
  }

  static Optional<EventKind> kind(@Nullable String text) {
    if (text == null) {
      return Optional.empty();
    }
    return Optional.of(
        Arrays.stream(EventKind.values())
            .filter(kind -> kind.id().equals(text))
            .findFirst()
            .orElseThrow(() ->
                ServiceException.invalidField(
                    ErrorCode.INVALID_VALUE,
                    new FieldViolation(
                        "kind",
                        text,
                        "accepted: "
                            + Arrays.stream(EventKind.values())
                                .map(EventKind::id)
                                .collect(Collectors.joining(", "))))));
  }
}
