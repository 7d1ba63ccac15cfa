package com.octomil.privacy.budget.rest;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.octomil.privacy.budget.domain.EventRecord;
import com.octomil.privacy.budget.domain.FederationName;
import io.quarkus.runtime.annotations.RegisterForReflection;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/** A page of events, oldest first. */
@JsonInclude(JsonInclude.Include.NON_NULL)
@Schema(name = "Events")
@RegisterForReflection
public record EventsView(
    List<EventView> events,
    @Schema(description = "Pass as 'after' to get the next page; absent on the last one.")
        @Nullable Long nextAfter) {

  /** One event. */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  @Schema(name = "Event")
  @RegisterForReflection
  public record EventView(
      @Schema(description = "Grows in the order of the commits; numbers may be missing.")
          long sequence,
      @Schema(
              enumeration = {
                "federation_created",
                "configuration_changed",
                "version_opened",
                "budget_allocated",
                "budget_exhausted",
                "spike_detected",
                "api_key_created",
                "api_key_rotated",
                "api_key_revoked"
              })
          String kind,
      @Schema(description = "Absent: the whole deployment.") @Nullable String federation,
      @Nullable Integer version,
      @Schema(description = "Identifier of the API key, or 'aggregator'.") String actor,
      Instant at,
      @Schema(description = "Further facts by name.") Map<String, String> details) {

    static EventView of(EventRecord entry) {
      return new EventView(
          entry.sequence(),
          entry.event().kind().id(),
          entry.event().federation().map(FederationName::value).orElse(null),
          entry.event().version().orElse(null),
          entry.event().change().by(),
          entry.event().change().at(),
          entry.event().details());
    }
  }

  static EventsView of(List<EventRecord> page, int limit) {
    return new EventsView(
        page.stream().map(EventView::of).toList(),
        page.size() == limit ? page.getLast().sequence() : null);
  }
}
