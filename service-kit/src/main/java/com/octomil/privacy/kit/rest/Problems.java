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
import java.util.List;
import java.util.Map;

/** Renders errors as problem documents (RFC 9457). */
final class Problems {

  private static final String TYPE_PREFIX = "urn:octomil:problem:";
  private static final String RETRY_AFTER_SECONDS = "1";

  private Problems() {}

  static Response render(ServiceException e, UriInfo uri) {
    return render(e.code(), e.detail(), e.violations(), uri);
  }

  static Response render(
      ErrorCode code, String detail, List<FieldViolation> violations, UriInfo uri) {
    HttpProblem.Builder problem =
        HttpProblem.builder()
            .withType(URI.create(TYPE_PREFIX + code.id()))
            .withTitle(code.title())
            .withStatus(code.httpStatus())
            .withDetail(detail)
            .withInstance(URI.create(uri.getRequestUri().getRawPath()));
    if (!violations.isEmpty()) {
      problem.with("errors", violations.stream().map(Problems::violation).toList());
    }
    if (code == ErrorCode.UNAUTHENTICATED) {
      problem.withHeader(HttpHeaders.WWW_AUTHENTICATE, "Bearer");
    }
    if (code.retryable()) {
      problem.withHeader(HttpHeaders.RETRY_AFTER, RETRY_AFTER_SECONDS);
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
