package com.octomil.privacy.relay.app;

import com.octomil.privacy.kit.error.ErrorCode;
import com.octomil.privacy.kit.error.FieldViolation;
import com.octomil.privacy.kit.error.ServiceException;
import com.octomil.privacy.relay.domain.RefusedException;
import java.util.function.Supplier;

/** Turns refusals of the domain into errors that the edges know. */
public final class Refusals {

  private Refusals() {}

  /** Runs {@code body}, translating what it refuses. */
  public static <T> T translating(Supplier<T> body) {
    try {
      return body.get();
    } catch (RefusedException e) {
      throw translate(e);
    }
  }

  /** The error for a refusal. */
  public static ServiceException translate(RefusedException e) {
    ErrorCode code =
        switch (e.reason()) {
          case MALFORMED -> ErrorCode.INVALID_REQUEST;
          case OUT_OF_RANGE -> ErrorCode.INVALID_VALUE;
          case UNAUTHENTICATED -> ErrorCode.UNAUTHENTICATED;
          case FORBIDDEN -> ErrorCode.FORBIDDEN;
          case REGION -> ErrorCode.REGION_REFUSED;
          case NOT_FOUND -> ErrorCode.NOT_FOUND;
          case CONFLICT -> ErrorCode.CONFLICT;
        };
    String field = e.field();
    if (field == null) {
      return new ServiceException(code, e.text());
    }
    return ServiceException.invalidField(code, new FieldViolation(field, e.rejected(), e.text()));
  }
}
