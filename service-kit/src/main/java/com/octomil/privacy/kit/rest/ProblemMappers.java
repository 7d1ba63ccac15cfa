package com.octomil.privacy.kit.rest;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.exc.InvalidFormatException;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import com.fasterxml.jackson.databind.exc.ValueInstantiationException;
import com.octomil.privacy.kit.error.ErrorCode;
import com.octomil.privacy.kit.error.FieldViolation;
import com.octomil.privacy.kit.error.ServiceException;
import jakarta.annotation.Priority;
import jakarta.validation.ConstraintViolation;
import jakarta.validation.ConstraintViolationException;
import jakarta.ws.rs.NotFoundException;
import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriInfo;
import jakarta.ws.rs.ext.ExceptionMapper;
import jakarta.ws.rs.ext.Provider;
import java.util.Comparator;
import java.util.List;
import org.jboss.logging.Logger;

/**
 * One mapper per exception that can leave a resource. They take precedence over those of the
 * problem library, so that every error has a type of ours, names its field and shows no internals.
 */
public final class ProblemMappers {

  private static final Logger LOG = Logger.getLogger(ProblemMappers.class);
  private static final int BEFORE_LIBRARY = 1;

  private ProblemMappers() {}

  /** What every mapper needs. */
  abstract static class Base<E extends Throwable> implements ExceptionMapper<E> {
    @Context UriInfo uri;

    @SuppressWarnings("NullAway.Init") // injected
    Base() {}

    Response render(ServiceException e) {
      if (e.code() == ErrorCode.INTERNAL) {
        LOG.error("internal error", e);
      }
      return Problems.render(e, uri);
    }
  }

  /** Our own errors. */
  @Provider
  @Priority(BEFORE_LIBRARY)
  public static class OfService extends Base<ServiceException> {
    @Override
    public Response toResponse(ServiceException e) {
      return render(e);
    }
  }

  /** Any other failure to read JSON. */
  @Provider
  @Priority(BEFORE_LIBRARY)
  public static class OfJson extends Base<JsonProcessingException> {
    @Override
    public Response toResponse(JsonProcessingException e) {
      return render(JsonFailures.translate(e));
    }
  }

  /** A field of the wrong kind. */
  @Provider
  @Priority(BEFORE_LIBRARY)
  public static class OfMismatch extends Base<MismatchedInputException> {
    @Override
    public Response toResponse(MismatchedInputException e) {
      return render(JsonFailures.translate(e));
    }
  }

  /** A field that does not exist. */
  @Provider
  @Priority(BEFORE_LIBRARY)
  public static class OfUnknownField extends Base<UnrecognizedPropertyException> {
    @Override
    public Response toResponse(UnrecognizedPropertyException e) {
      return render(JsonFailures.translate(e));
    }
  }

  /** A value that cannot be converted. */
  @Provider
  @Priority(BEFORE_LIBRARY)
  public static class OfFormat extends Base<InvalidFormatException> {
    @Override
    public Response toResponse(InvalidFormatException e) {
      return render(JsonFailures.translate(e));
    }
  }

  /** A value that a record's constructor refused. */
  @Provider
  @Priority(BEFORE_LIBRARY)
  public static class OfConstruction extends Base<ValueInstantiationException> {
    @Override
    public Response toResponse(ValueInstantiationException e) {
      return render(JsonFailures.translate(e));
    }
  }

  /** Bean validation of parameters and bodies. */
  @Provider
  @Priority(BEFORE_LIBRARY)
  public static class OfConstraints extends Base<ConstraintViolationException> {
    @Override
    public Response toResponse(ConstraintViolationException e) {
      List<FieldViolation> violations =
          e.getConstraintViolations().stream()
              .map(OfConstraints::violation)
              .sorted(Comparator.comparing(FieldViolation::field))
              .toList();
      return render(
          new ServiceException(
              ErrorCode.INVALID_VALUE, "Some values are not accepted.", violations));
    }

    private static FieldViolation violation(ConstraintViolation<?> violation) {
      // The path begins with the method and the argument; what the caller knows comes after them.
      String path = violation.getPropertyPath().toString();
      String[] parts = path.split("\\.", 3);
      Object value = violation.getInvalidValue();
      return new FieldViolation(
          snakeCase(parts[parts.length - 1]),
          value == null ? null : value.toString(),
          violation.getMessage());
    }

    private static String snakeCase(String name) {
      return name.replaceAll("([a-z0-9])([A-Z])", "$1_$2").toLowerCase(java.util.Locale.ROOT);
    }
  }

  /** No such path. */
  @Provider
  @Priority(BEFORE_LIBRARY)
  public static class OfNotFound extends Base<NotFoundException> {
    @Override
    public Response toResponse(NotFoundException e) {
      return render(new ServiceException(ErrorCode.NOT_FOUND, "There is nothing at this path."));
    }
  }

  /** What the framework itself refuses. */
  @Provider
  @Priority(BEFORE_LIBRARY)
  public static class OfFramework extends Base<WebApplicationException> {
    @Override
    public Response toResponse(WebApplicationException e) {
      if (e.getCause() instanceof JsonProcessingException json) {
        return render(JsonFailures.translate(json));
      }
      int status = e.getResponse().getStatus();
      for (ErrorCode code : ErrorCode.values()) {
        if (code.httpStatus() == status) {
          return render(new ServiceException(code, code.title() + "."));
        }
      }
      if (status >= 400 && status < 500) {
        return render(new ServiceException(ErrorCode.INVALID_REQUEST, "The request was refused."));
      }
      return e.getResponse();
    }
  }

  /** Everything else is a bug of ours: logged in full, answered without details. */
  @Provider
  @Priority(BEFORE_LIBRARY)
  public static class OfAnything extends Base<Exception> {
    @Override
    public Response toResponse(Exception e) {
      return render(
          new ServiceException(
              ErrorCode.INTERNAL,
              "The request failed for a reason that is in the service's log.",
              e));
    }
  }
}
