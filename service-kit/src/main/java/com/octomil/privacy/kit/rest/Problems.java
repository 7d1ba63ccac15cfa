package com.octomil.privacy.kit.rest;

import com.octomil.privacy.kit.error.ErrorCode;
import com.octomil.privacy.kit.error.FieldViolation;
import com.octomil.privacy.kit.error.ServiceException;
import io.quarkiverse.resteasy.problem.HttpProblem;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriInfo;
import java.net.URI;
import java.util.LinkedHashMap;
import java.util.Map;

/** Renders errors as problem documents (RFC 9457). */
final class Problems {

  static final String TYPE_PREFIX = "urn:octomil:problem:";

  private Problems() {}

  static Response render(ServiceException e, UriInfo uri) {
    ErrorCode code = e.code();
    HttpProblem.Builder problem =
        HttpProblem.builder()
            .withType(URI.create(TYPE_PREFIX + code.id()))
            .withTitle(code.title())
            .withStatus(code.httpStatus())
            .withDetail(e.detail())
            .withInstance(URI.create(uri.getRequestUri().getRawPath()));
    if (!e.violations().isEmpty()) {
      problem.with("errors", e.violations().stream().map(Problems::violation).toList());
    }
    if (code == ErrorCode.UNAUTHENTICATED) {
      problem.withHeader(HttpHeaders.WWW_AUTHENTICATE, "Bearer");
    }
    if (code.retryable()) {
      problem.withHeader(HttpHeaders.RETRY_AFTER, Math.max(1, e.retryAfter().toSeconds()));
    }
    return problem.build().toResponse();
  }

  private static Map<String, String> violation(FieldViolation violation) {
    Map<String, String> fields = new LinkedHashMap<>();
    fields.put("field", violation.field());
    String value = violation.value();
    if (value != null) {
      fields.put("value", value);
    }
    fields.put("message", violation.message());
    return fields;
  }
}
