package com.octomil.privacy.kit.grpc;

import com.google.protobuf.Any;
import com.google.protobuf.Duration;
import com.google.rpc.BadRequest;
import com.google.rpc.ErrorInfo;
import com.google.rpc.RetryInfo;
import com.octomil.privacy.kit.error.ErrorCode;
import com.octomil.privacy.kit.error.FieldViolation;
import com.octomil.privacy.kit.error.ServiceException;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusException;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.quarkus.runtime.annotations.RegisterForReflection;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jboss.logging.Logger;

/**
 * Between {@link ServiceException} and gRPC statuses. Every status carries a {@code
 * google.rpc.ErrorInfo} whose reason is the identifier of the {@link ErrorCode}, so that both sides
 * of a call mean the same error.
 */
// Messages that no .proto file of ours declares: protobuf finds their members by reflection.
@RegisterForReflection(
    targets = {
      com.google.rpc.Status.class,
      com.google.rpc.Status.Builder.class,
      ErrorInfo.class,
      ErrorInfo.Builder.class,
      RetryInfo.class,
      RetryInfo.Builder.class,
      BadRequest.class,
      BadRequest.Builder.class,
      BadRequest.FieldViolation.class,
      BadRequest.FieldViolation.Builder.class,
      Any.class,
      Any.Builder.class,
      Duration.class,
      Duration.Builder.class
    })
public final class GrpcFailures {

  /** The domain of every {@code ErrorInfo} of ours. */
  public static final String DOMAIN = "privacy.octomil.com";

  private static final Logger LOG = Logger.getLogger(GrpcFailures.class);
  private static final Duration RETRY_DELAY = Duration.newBuilder().setNanos(500_000_000).build();

  private GrpcFailures() {}

  /**
   * The status that tells a caller of {@code failure}; failures that are bugs of ours are logged
   * and not described.
   */
  public static StatusRuntimeException toStatus(Throwable failure) {
    if (failure instanceof StatusRuntimeException status) {
      return status;
    }
    if (failure instanceof StatusException status) {
      return new StatusRuntimeException(status.getStatus(), status.getTrailers());
    }
    ServiceException error;
    if (failure instanceof ServiceException own) {
      error = own;
      if (own.code() == ErrorCode.INTERNAL) {
        LOG.error("internal error", failure);
      }
    } else {
      LOG.error("internal error", failure);
      error =
          new ServiceException(
              ErrorCode.INTERNAL, "The call failed for a reason that is in the service's log.");
    }
    com.google.rpc.Status.Builder status =
        com.google.rpc.Status.newBuilder()
            .setCode(error.code().grpcCode().value())
            .setMessage(error.detail())
            .addDetails(
                Any.pack(
                    ErrorInfo.newBuilder().setDomain(DOMAIN).setReason(error.code().id()).build()));
    if (!error.violations().isEmpty()) {
      BadRequest.Builder fields = BadRequest.newBuilder();
      for (FieldViolation violation : error.violations()) {
        fields.addFieldViolations(
            BadRequest.FieldViolation.newBuilder()
                .setField(violation.field())
                .setDescription(violation.message()));
      }
      status.addDetails(Any.pack(fields.build()));
    }
    if (error.code().retryable()) {
      status.addDetails(Any.pack(RetryInfo.newBuilder().setRetryDelay(RETRY_DELAY).build()));
    }
    return StatusProto.toStatusRuntimeException(status.build());
  }

  /** What a failed call of another service means to us. */
  public static ServiceException translate(StatusRuntimeException failure) {
    Status status = failure.getStatus();
    String detail = Objects.requireNonNullElse(status.getDescription(), status.getCode().name());
    Metadata trailers = Objects.requireNonNullElseGet(failure.getTrailers(), Metadata::new);
    Optional<ErrorCode> own = errorIn(status, trailers);
    if (own.isPresent()) {
      return new ServiceException(own.get(), detail, failure);
    }
    ErrorCode code =
        switch (status.getCode()) {
          case UNAVAILABLE -> ErrorCode.UNAVAILABLE;
          case DEADLINE_EXCEEDED -> ErrorCode.DEADLINE_EXCEEDED;
          case RESOURCE_EXHAUSTED -> ErrorCode.TOO_MANY_REQUESTS;
          default -> ErrorCode.INTERNAL;
        };
    return new ServiceException(code, detail, failure);
  }

  /** The error that trailers tell of, or nothing if they are not of ours. */
  static Optional<ErrorCode> errorIn(Status status, Metadata trailers) {
    com.google.rpc.Status rich = StatusProto.fromStatusAndTrailers(status, trailers);
    if (rich == null) {
      return Optional.empty();
    }
    return rich.getDetailsList().stream()
        .filter(any -> any.is(ErrorInfo.class))
        .map(GrpcFailures::reasonOf)
        .flatMap(reason -> Stream.of(ErrorCode.values()).filter(code -> code.id().equals(reason)))
        .findFirst();
  }

  private static String reasonOf(Any any) {
    try {
      ErrorInfo info = any.unpack(ErrorInfo.class);
      return info.getDomain().equals(DOMAIN) ? info.getReason() : "";
    } catch (com.google.protobuf.InvalidProtocolBufferException e) {
      return "";
    }
  }
}
