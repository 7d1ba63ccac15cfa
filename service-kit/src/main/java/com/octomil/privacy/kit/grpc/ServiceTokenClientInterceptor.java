package com.octomil.privacy.kit.grpc;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.ForwardingClientCall.SimpleForwardingClientCall;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import jakarta.enterprise.context.ApplicationScoped;

/** Sends the service token with every call to another service of ours. */
@ApplicationScoped
public class ServiceTokenClientInterceptor implements ClientInterceptor {

  private final ServiceToken token;

  ServiceTokenClientInterceptor(ServiceToken token) {
    this.token = token;
  }

  @Override
  public <Q, R> ClientCall<Q, R> interceptCall(
      MethodDescriptor<Q, R> method, CallOptions options, Channel next) {
    return new SimpleForwardingClientCall<>(next.newCall(method, options)) {
      @Override
      public void start(Listener<R> listener, Metadata headers) {
        headers.put(ServiceToken.HEADER, token.value());
        super.start(listener, headers);
      }
    };
  }
}
