package com.octomil.privacy.kit.grpc;

import com.octomil.privacy.kit.error.ErrorCode;
import com.octomil.privacy.kit.error.ServiceException;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import jakarta.enterprise.context.ApplicationScoped;

/** Lets only our own services in; put it on every gRPC service that is not for devices. */
@ApplicationScoped
public class ServiceTokenServerInterceptor implements ServerInterceptor {

  private final ServiceToken token;

  ServiceTokenServerInterceptor(ServiceToken token) {
    this.token = token;
  }

  @Override
  public <Q, R> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
    if (!token.matches(headers.get(ServiceToken.HEADER))) {
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
