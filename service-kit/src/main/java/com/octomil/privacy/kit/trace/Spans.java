package com.octomil.privacy.kit.trace;

import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Scope;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.function.Supplier;
import org.jboss.logging.MDC;
import org.jspecify.annotations.Nullable;

/**
 * Spans for work that no request started, such as a round. Calls of other services made meanwhile
 * on the same thread belong to the trace. Thread-safe.
 */
@ApplicationScoped
public class Spans {

  /** Name in the log context, the same that Quarkus uses for requests. */
  private static final String TRACE_ID = "traceId";

  private final Tracer tracer;

  Spans(Tracer tracer) {
    this.tracer = tracer;
  }

  /**
   * Runs {@code body} in a span, and the log of this thread under its trace.
   *
   * @param name from a closed set; never an identifier
   */
  public <T extends @Nullable Object> T inSpan(String name, Supplier<T> body) {
    Span span = tracer.spanBuilder(name).startSpan();
    Object outer = MDC.get(TRACE_ID);
    try (Scope scope = span.makeCurrent()) {
      MDC.put(TRACE_ID, span.getSpanContext().getTraceId());
      return body.get();
    } catch (Throwable failure) {
      // The class only: messages may name what a trace must not.
      span.setStatus(StatusCode.ERROR, failure.getClass().getSimpleName());
      throw failure;
    } finally {
      if (outer == null) {
        MDC.remove(TRACE_ID);
      } else {
        MDC.put(TRACE_ID, outer);
      }
      span.end();
    }
  }
}
