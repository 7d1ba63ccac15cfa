package com.octomil.privacy.kit.audit;

import com.octomil.privacy.kit.region.ServiceRegion;
import com.octomil.privacy.proto.budget.v1.AppendEventsRequest;
import com.octomil.privacy.proto.budget.v1.AuditEvent;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/** Events as the budget service, which keeps the log, takes them over gRPC. */
public final class AuditRequests {

  private AuditRequests() {}

  /** The request that carries a batch. */
  public static AppendEventsRequest of(AuditBatch batch, ServiceRegion region) {
    AppendEventsRequest.Builder request =
        AppendEventsRequest.newBuilder()
            .setService(batch.service())
            .setSource(batch.source())
            .setRegion(region.wireName());
    batch.events().forEach(event -> request.addEvents(toProto(event)));
    return request.build();
  }

  private static AuditEvent toProto(AuditBatch.Numbered event) {
    return AuditEvent.newBuilder()
        .setFederation(event.federation())
        .setNumber(event.number())
        .setType(event.type())
        .setActor(event.actor())
        .setAtMicros(ChronoUnit.MICROS.between(Instant.EPOCH, event.at()))
        .setData(event.data())
        .build();
  }
}
