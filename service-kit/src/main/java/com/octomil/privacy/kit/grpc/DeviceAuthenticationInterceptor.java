package com.octomil.privacy.kit.grpc;

import com.octomil.privacy.kit.audit.AccessRecords;
import com.octomil.privacy.kit.audit.AuditEvent;
import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Map;
import java.util.Optional;

/**
 * Reports to the audit log that somebody came with a token, code, ticket or signature that does not
 * hold; put it on every gRPC service for devices. Nothing of what they sent is in the report.
 */
@ApplicationScoped
public class DeviceAuthenticationInterceptor implements ServerInterceptor {

  private final AccessRecords accesses;

  DeviceAuthenticationInterceptor(AccessRecords accesses) {
    this.accesses = accesses;
  }

  @Override
  public <Q, R> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
    String method = String.valueOf(call.getMethodDescriptor().getBareMethodName());
    return next.startCall(
        new SimpleForwardingServerCall<>(call) {
          @Override
          public void close(Status status, Metadata trailers) {
            if (status.getCode() == Status.Code.UNAUTHENTICATED) {
              accesses.recordRefusal(
                  new AuditEvent(
                      Optional.empty(),
                      "authentication.failed",
                      "unknown",
                      Map.of("credential", "device", "call", method)));
            }
            super.close(status, trailers);
          }
        },
        headers);
  }
}
