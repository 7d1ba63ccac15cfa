package com.octomil.privacy.aggregator.client;

import com.octomil.privacy.kit.audit.AuditBatch;
import com.octomil.privacy.kit.audit.AuditRequests;
import com.octomil.privacy.kit.audit.AuditSink;
import com.octomil.privacy.kit.audit.AuditSource;
import com.octomil.privacy.kit.grpc.ServiceTokenClientInterceptor;
import com.octomil.privacy.kit.region.ServiceRegion;
import com.octomil.privacy.proto.budget.v1.AppendEventsResponse;
import com.octomil.privacy.proto.budget.v1.AuditLogGrpc;
import io.quarkus.grpc.GrpcClient;
import io.quarkus.grpc.RegisterClientInterceptor;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.util.concurrent.TimeUnit;

/**
 * Brings events to the budget service, which keeps the audit log. Without retries of its own: the
 * dispatcher sends again until it is answered.
 */
@ApplicationScoped
public class RemoteAuditSink implements AuditSink {

  private static final long DEADLINE_SECONDS = 10;

  private final ServiceRegion region;

  @GrpcClient("budget")
  @RegisterClientInterceptor(ServiceTokenClientInterceptor.class)
  AuditLogGrpc.AuditLogBlockingStub log;

  RemoteAuditSink(ServiceRegion region) {
    this.region = region;
  }

  @Produces
  @Singleton
  static AuditSource source() {
    return new AuditSource("aggregator", "aggregator");
  }

  @Override
  public void deliver(AuditBatch batch) {
    AppendEventsResponse unused =
        log.withDeadlineAfter(DEADLINE_SECONDS, TimeUnit.SECONDS)
            .appendEvents(AuditRequests.of(batch, region));
  }
}
