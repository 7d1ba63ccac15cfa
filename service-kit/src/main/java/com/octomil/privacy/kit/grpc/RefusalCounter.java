package com.octomil.privacy.kit.grpc;

import com.octomil.privacy.kit.error.ErrorCode;
import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.grpc.GlobalInterceptor;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.spi.Prioritized;
import java.util.Locale;
import java.util.Objects;

/**
 * Counts calls that end with an error, by method and reason: {@code
 * octomil_grpc_refusals_total{method,reason}}. Both come from closed sets.
 */
@GlobalInterceptor
@ApplicationScoped
public class RefusalCounter implements ServerInterceptor, Prioritized {

  private final MeterRegistry metrics;

  RefusalCounter(MeterRegistry metrics) {
    this.metrics = metrics;
  }

  @Override
  public <Q, R> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
    return next.startCall(
        new SimpleForwardingServerCall<>(call) {
          @Override
          public void close(Status status, Metadata trailers) {
            if (!status.isOk()) {
              metrics
                  .counter(
                      "octomil.grpc.refusals",
                      "method",
                      Objects.requireNonNullElse(
                          call.getMethodDescriptor().getBareMethodName(), "unknown"),
                      "reason",
                      GrpcFailures.errorIn(status, trailers)
                          .map(ErrorCode::id)
                          .orElse(status.getCode().name().toLowerCase(Locale.ROOT)))
                  .increment();
            }
            super.close(status, trailers);
          }
        },
        headers);
  }

  /** Outside everything else, so that it sees how the other interceptors end a call. */
  @Override
  public int getPriority() {
    return Integer.MAX_VALUE;
  }
}
