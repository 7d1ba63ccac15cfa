package com.octomil.privacy.budget.grpc;

import com.octomil.privacy.budget.app.audit.AuditTrail;
import com.octomil.privacy.budget.domain.audit.AuditEvents;
import com.octomil.privacy.kit.error.ErrorCode;
import com.octomil.privacy.kit.error.FieldViolation;
import com.octomil.privacy.kit.error.ServiceException;
import com.octomil.privacy.kit.grpc.Replies;
import com.octomil.privacy.kit.grpc.ServiceTokenServerInterceptor;
import com.octomil.privacy.kit.validation.Names;
import com.octomil.privacy.proto.budget.v1.AppendEventsRequest;
import com.octomil.privacy.proto.budget.v1.AppendEventsResponse;
import com.octomil.privacy.proto.budget.v1.AuditEvent;
import com.octomil.privacy.proto.budget.v1.AuditLogGrpc;
import io.grpc.stub.StreamObserver;
import io.quarkus.grpc.GrpcService;
import io.quarkus.grpc.RegisterInterceptor;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.regex.Pattern;

/** The audit log, for the other services. */
@GrpcService
@RegisterInterceptor(ServiceTokenServerInterceptor.class)
public class AuditLogService extends AuditLogGrpc.AuditLogImplBase {

  private static final int MAX_EVENTS = 500;
  private static final int MAX_ACTOR = 128;
  private static final Pattern SERVICE = Pattern.compile("aggregator|relay");
  private static final Pattern SOURCE =
      Pattern.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");
  private static final Pattern TYPE = Pattern.compile("[a-z-]+\\.[a-z_-]+");

  private final AuditTrail trail;

  AuditLogService(AuditTrail trail) {
    this.trail = trail;
  }

  @Override
  public void appendEvents(
      AppendEventsRequest request, StreamObserver<AppendEventsResponse> observer) {
    Replies.unary(
        observer,
        () -> {
          require("service", request.getService(), SERVICE, "must be 'aggregator' or 'relay'");
          require("source", request.getSource(), SOURCE, "must be a UUID in lower case");
          if (request.getEventsCount() > MAX_EVENTS) {
            throw refused(
                "events",
                request.getEventsCount() + " events",
                "must be at most " + MAX_EVENTS + " events");
          }
          trail.append(
              new AuditEvents(
                  request.getService(),
                  request.getSource(),
                  CallerRegion.of(request.getRegion()),
                  request.getEventsList().stream().map(AuditLogService::toDomain).toList()));
          return AppendEventsResponse.getDefaultInstance();
        });
  }

  private static AuditEvents.Reported toDomain(AuditEvent event) {
    if (!event.getFederation().isEmpty()) {
      String unused = Names.requireDnsLabel("events.federation", event.getFederation());
    }
    if (event.getNumber() < 1) {
      throw refused("events.number", Long.toString(event.getNumber()), "must be at least 1");
    }
    require("events.type", event.getType(), TYPE, "must be two words in lower case with a dot");
    if (event.getActor().isEmpty() || event.getActor().length() > MAX_ACTOR) {
      throw refused("events.actor", event.getActor(), "must be 1 to " + MAX_ACTOR + " characters");
    }
    return new AuditEvents.Reported(
        event.getFederation(),
        event.getNumber(),
        event.getType(),
        event.getActor(),
        Instant.EPOCH.plus(event.getAtMicros(), ChronoUnit.MICROS),
        event.getData());
  }

  private static void require(String field, String value, Pattern form, String message) {
    if (!form.matcher(value).matches()) {
      throw refused(field, value, message);
    }
  }

  private static ServiceException refused(String field, String value, String message) {
    return ServiceException.invalidField(
        ErrorCode.INVALID_REQUEST, new FieldViolation(field, value, message));
  }
}
