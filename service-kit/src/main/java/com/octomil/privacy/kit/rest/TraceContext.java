package com.octomil.privacy.kit.rest;

import jakarta.ws.rs.container.ContainerRequestContext;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jboss.logging.MDC;
import org.jboss.resteasy.reactive.server.ServerRequestFilter;
import org.jspecify.annotations.Nullable;

/**
 * Puts the trace of a REST caller (W3C Trace Context, header {@code traceparent}) into the log
 * context as {@code trace_id} for as long as the request lasts. Nothing is recorded or exported.
 */
public class TraceContext {

  /** Name in the log context. */
  public static final String TRACE_ID = "trace_id";

  private static final Pattern TRACEPARENT =
      Pattern.compile(
          "(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}.*");

  /** Reads the header; a malformed one counts as none. */
  @ServerRequestFilter(preMatching = true)
  public void read(ContainerRequestContext request) {
    Optional<String> trace = traceId(request.getHeaderString("traceparent"));
    if (trace.isPresent()) {
      MDC.put(TRACE_ID, trace.get());
    } else {
      MDC.remove(TRACE_ID);
    }
  }

  static Optional<String> traceId(@Nullable String traceparent) {
    if (traceparent == null) {
      return Optional.empty();
    }
    Matcher matcher = TRACEPARENT.matcher(traceparent);
    return matcher.matches() ? Optional.ofNullable(matcher.group(1)) : Optional.empty();
  }
}
