package com.octomil.privacy.device.grpc;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.ErrorInfo;
import com.google.rpc.RetryInfo;
import com.octomil.privacy.device.transport.Step;
import com.octomil.privacy.device.transport.TransportException;
import com.octomil.privacy.device.transport.TransportException.Kind;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.time.Duration;
import java.util.Optional;

/** From gRPC statuses to what a device can do about them. */
final class StatusTranslation {

  private StatusTranslation() {}

  static TransportException translate(Step step, StatusRuntimeException failure) {
    Status status = failure.getStatus();
    Optional<Duration> retryAfter = Optional.empty();
    String reason = "";
    com.google.rpc.@org.jspecify.annotations.Nullable Status details =
        StatusProto.fromThrowable(failure);
    if (details != null) {
      for (Any detail : details.getDetailsList()) {
        try {
          if (detail.is(RetryInfo.class)) {
            com.google.protobuf.Duration delay = detail.unpack(RetryInfo.class).getRetryDelay();
            retryAfter = Optional.of(Duration.ofSeconds(delay.getSeconds(), delay.getNanos()));
          } else if (detail.is(ErrorInfo.class)) {
            reason = detail.unpack(ErrorInfo.class).getReason();
          }
        } catch (InvalidProtocolBufferException e) {
          // A detail is advice; the status code alone decides.
          continue;
        }
      }
    }
    String message =
        status.getCode()
            + (reason.isEmpty() ? "" : " [" + reason + "]")
            + (status.getDescription() == null ? "" : ": " + status.getDescription());
    return new TransportException(step, kind(status.getCode()), message, retryAfter, failure);
  }

  private static Kind kind(Status.Code code) {
    return switch (code) {
      case UNAVAILABLE, DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED -> Kind.RETRYABLE;
      default -> Kind.REJECTED;
    };
  }
}
