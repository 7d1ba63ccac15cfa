package com.octomil.privacy.kit.grpc;

import com.octomil.privacy.kit.audit.AccessRecords;
import com.octomil.privacy.kit.audit.AuditEvent;
import com.octomil.privacy.kit.error.ErrorCode;
import com.octomil.privacy.kit.error.ServiceException;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Map;
import java.util.Optional;

/** Lets only our own services in; put it on every gRPC service that is not for devices. */
@ApplicationScoped
public class ServiceTokenServerInterceptor implements ServerInterceptor {

  private final ServiceToken token;
  private final AccessRecords accesses;

  ServiceTokenServerInterceptor(ServiceToken token, AccessRecords accesses) {
    this.token = token;
    this.accesses = accesses;
  }

  @Override
  public <Q, R> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
    if (!token.matches(headers.get(ServiceToken.HEADER))) {
      accesses.recordRefusal(
          new AuditEvent(
              Optional.empty(),
              "authentication.failed",
              "unknown",
              Map.of("credential", "service_token")));
      ServiceExceptionInterceptor.close(
          call,
          new ServiceException(
              ErrorCode.UNAUTHENTICATED,
              "This API is for services; the service token is missing or wrong."));
      return new ServerCall.Listener<>() {};
    }
    return next.startCall(call, headers);
  }
}
