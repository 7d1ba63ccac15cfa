package com.octomil.privacy.kit.rest;

import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonStreamContext;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.exc.InvalidFormatException;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import com.fasterxml.jackson.databind.exc.ValueInstantiationException;
import com.octomil.privacy.kit.error.ErrorCode;
import com.octomil.privacy.kit.error.FieldViolation;
import com.octomil.privacy.kit.error.ServiceException;
import java.math.BigDecimal;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Turns what Jackson says about a body into an error that names the field; nothing of Jackson's own
 * text gets out.
 */
final class JsonFailures {

  private JsonFailures() {}

  static ServiceException translate(JsonProcessingException e) {
    if (e instanceof ValueInstantiationException && e.getCause() instanceof ServiceException own) {
      return own;
    }
    if (e.getCause() instanceof JsonParseException malformed) {
      // Inside of an object Jackson wraps it, with a path that ends one step too early.
      return translate(malformed);
    }
    if (e instanceof UnrecognizedPropertyException unknown) {
      String known =
          unknown.getKnownPropertyIds() == null
              ? "no fields"
              : unknown.getKnownPropertyIds().stream()
                  .map(Object::toString)
                  .sorted()
                  .collect(Collectors.joining(", "));
      return ServiceException.invalidField(
          ErrorCode.INVALID_REQUEST,
          new FieldViolation(path(unknown), null, "unknown field; accepted here: " + known));
    }
    if (e instanceof InvalidFormatException format) {
      return ServiceException.invalidField(
          ErrorCode.INVALID_REQUEST,
          new FieldViolation(
              path(format),
              String.valueOf(format.getValue()),
              "must be " + kind(format.getTargetType())));
    }
    if (e instanceof MismatchedInputException mismatch && !mismatch.getPath().isEmpty()) {
      return ServiceException.invalidField(
          ErrorCode.INVALID_REQUEST,
          new FieldViolation(path(mismatch), null, "must be " + kind(mismatch.getTargetType())));
    }
    if (e instanceof JsonMappingException mapping
        && !(e instanceof MismatchedInputException)
        && !mapping.getPath().isEmpty()) {
      return ServiceException.invalidField(
          ErrorCode.INVALID_REQUEST,
          new FieldViolation(path(mapping), null, "is not a value that can be read here"));
    }
    String where =
        e.getLocation() == null || e.getLocation().getLineNr() < 1
            ? ""
            : " (line "
                + e.getLocation().getLineNr()
                + ", column "
                + e.getLocation().getColumnNr()
                + ")";
    // A literal such as NaN is no JSON at all, yet the parser knows where it stood.
    String near =
        e instanceof JsonParseException && e.getProcessor() instanceof JsonParser parser
            ? path(parser)
            : "";
    return new ServiceException(
        ErrorCode.INVALID_REQUEST,
        "The body is not the JSON object that is expected here" + where + ".",
        near.isEmpty()
            ? List.of()
            : List.of(
                new FieldViolation(
                    near, null, "must be a JSON value, followed by well-formed JSON")));
  }

  private static String path(JsonParser parser) {
    StringBuilder path = new StringBuilder();
    for (JsonStreamContext at = parser.getParsingContext();
        at != null && !at.inRoot();
        at = at.getParent()) {
      String step = at.inArray() ? "[" + at.getCurrentIndex() + "]" : at.getCurrentName();
      if (step == null) {
        continue;
      }
      boolean dot = !path.isEmpty() && path.charAt(0) != '[';
      path.insert(0, dot ? step + "." : step);
    }
    return path.toString();
  }

  private static String path(JsonMappingException e) {
    StringBuilder path = new StringBuilder();
    for (JsonMappingException.Reference step : e.getPath()) {
      if (step.getFieldName() == null) {
        path.append('[').append(step.getIndex()).append(']');
      } else {
        path.append(path.isEmpty() ? "" : ".").append(step.getFieldName());
      }
    }
    return path.toString();
  }

  private static String kind(@Nullable Class<?> type) {
    if (type == null) {
      return "of another type";
    }
    if (type.isEnum()) {
      StringBuilder names = new StringBuilder("one of");
      for (Object constant : type.getEnumConstants()) {
        names.append(' ').append(((Enum<?>) constant).name().toLowerCase(Locale.ROOT));
      }
      return names.toString();
    }
    if (type == boolean.class || type == Boolean.class) {
      return "true or false";
    }
    if (type == double.class
        || type == Double.class
        || type == float.class
        || type == BigDecimal.class) {
      return "a number";
    }
    if (type == int.class || type == Integer.class || type == long.class || type == Long.class) {
      return "a whole number in range";
    }
    if (type == String.class) {
      return "a string";
    }
    if (Iterable.class.isAssignableFrom(type) || type.isArray()) {
      return "a list";
    }
    return "a JSON object";
  }
}
