package com.octomil.privacy.kit.error;

import io.grpc.Status;
import java.util.Locale;

/**
 * Every way a request can fail, with its stable identifier, its HTTP status, its gRPC status and
 * whether the same request may succeed later. The identifier is the reason of {@code
 * google.rpc.ErrorInfo} and the last part of the problem type.
 */
public enum ErrorCode {
  /**
   * The request cannot be understood: malformed JSON, an unknown field, a wrong type, an invalid
   * name.
   */
  INVALID_REQUEST(400, Status.Code.INVALID_ARGUMENT, "Invalid request", false),
  /** The request is well formed but a value, or a combination of values, is not acceptable. */
  INVALID_VALUE(422, Status.Code.INVALID_ARGUMENT, "Invalid value", false),
  /** No credentials, or credentials that are not known. */
  UNAUTHENTICATED(401, Status.Code.UNAUTHENTICATED, "Authentication required", false),
  /** Valid credentials that do not allow this. */
  FORBIDDEN(403, Status.Code.PERMISSION_DENIED, "Forbidden", false),
  /** The federation is pinned to regions, and the caller, the device or this service is outside. */
  REGION_REFUSED(403, Status.Code.PERMISSION_DENIED, "Outside the allowed regions", false),
  /** The named thing does not exist. */
  NOT_FOUND(404, Status.Code.NOT_FOUND, "Not found", false),
  /** The method is not offered by this resource. */
  METHOD_NOT_ALLOWED(405, Status.Code.UNIMPLEMENTED, "Method not allowed", false),
  /** None of the acceptable media types can be produced. */
  NOT_ACCEPTABLE(406, Status.Code.INVALID_ARGUMENT, "Not acceptable", false),
  /** The request contradicts the present state. */
  CONFLICT(409, Status.Code.FAILED_PRECONDITION, "Conflict", false),
  /** The privacy budget does not cover the request. */
  BUDGET_EXHAUSTED(409, Status.Code.FAILED_PRECONDITION, "Privacy budget exhausted", false),
  /** The compliance profile of the federation does not allow it yet. */
  COMPLIANCE_REFUSED(
      409, Status.Code.FAILED_PRECONDITION, "Refused by the compliance profile", false),
  /** The resource has changed since the caller read it. */
  PRECONDITION_FAILED(412, Status.Code.ABORTED, "Precondition failed", false),
  /** The body is larger than allowed. */
  PAYLOAD_TOO_LARGE(413, Status.Code.INVALID_ARGUMENT, "Payload too large", false),
  /** The media type of the body is not accepted. */
  UNSUPPORTED_MEDIA_TYPE(415, Status.Code.INVALID_ARGUMENT, "Unsupported media type", false),
  /** Slow down and try again. */
  TOO_MANY_REQUESTS(429, Status.Code.RESOURCE_EXHAUSTED, "Too many requests", true),
  /** A needed service or the database does not answer now. */
  UNAVAILABLE(503, Status.Code.UNAVAILABLE, "Temporarily unavailable", true),
  /** The answer did not come in time. */
  DEADLINE_EXCEEDED(504, Status.Code.DEADLINE_EXCEEDED, "Deadline exceeded", true),
  /** The effect may or may not have happened; ask for the state before trying again. */
  OUTCOME_UNKNOWN(503, Status.Code.UNKNOWN, "Outcome unknown", false),
  /** A bug of ours. */
  INTERNAL(500, Status.Code.INTERNAL, "Internal error", false);

  private final int httpStatus;
  private final Status.Code grpcCode;
  private final String title;
  private final boolean retryable;

  ErrorCode(int httpStatus, Status.Code grpcCode, String title, boolean retryable) {
    this.httpStatus = httpStatus;
    this.grpcCode = grpcCode;
    this.title = title;
    this.retryable = retryable;
  }

  /** The stable identifier in kebab case, for example {@code budget-exhausted}. */
  public String id() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** The HTTP status of the problem document. */
  public int httpStatus() {
    return httpStatus;
  }

  /** The gRPC status code. */
  public Status.Code grpcCode() {
    return grpcCode;
  }

  /** A short title that is the same for every occurrence. */
  public String title() {
    return title;
  }

  /** Whether the same request may succeed if it is sent again. */
  public boolean retryable() {
    return retryable;
  }
}
