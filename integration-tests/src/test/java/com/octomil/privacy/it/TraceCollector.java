package com.octomil.privacy.it;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.UnknownFieldSet;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;

/**
 * Takes spans as an OpenTelemetry collector does (OTLP over HTTP with protobuf) and keeps them. The
 * numbers of fields are those of opentelemetry/proto/trace/v1/trace.proto.
 */
final class TraceCollector {

  /**
   * A span.
   *
   * @param service what {@code service.name} says
   * @param encoded the whole of it, a character an octet, to look for what it must not contain
   */
  record Span(
      String service,
      String traceId,
      String spanId,
      String parentId,
      String name,
      String encoded) {}

  private final HttpServer server;
  private final List<Span> spans = new CopyOnWriteArrayList<>();

  TraceCollector() {
    try {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    server.createContext(
        "/v1/traces",
        exchange -> {
          try (exchange) {
            take(UnknownFieldSet.parseFrom(exchange.getRequestBody()));
            // An empty ExportTraceServiceResponse.
            exchange.getResponseHeaders().set("Content-Type", "application/x-protobuf");
            exchange.sendResponseHeaders(200, -1);
          }
        });
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.start();
  }

  String endpoint() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  List<Span> spans() {
    return List.copyOf(spans);
  }

  private void take(UnknownFieldSet request) throws InvalidProtocolBufferException {
    for (UnknownFieldSet resourceSpans : messages(request, 1)) {
      String service = "";
      for (UnknownFieldSet resource : messages(resourceSpans, 1)) {
        for (UnknownFieldSet attribute : messages(resource, 1)) {
          if (string(attribute, 1).equals("service.name")) {
            service = string(messages(attribute, 2).getFirst(), 1);
          }
        }
      }
      for (UnknownFieldSet scopeSpans : messages(resourceSpans, 2)) {
        for (UnknownFieldSet span : messages(scopeSpans, 2)) {
          spans.add(
              new Span(
                  service,
                  hex(span, 1),
                  hex(span, 2),
                  hex(span, 4),
                  string(span, 5),
                  new String(span.toByteArray(), StandardCharsets.ISO_8859_1)));
        }
      }
    }
  }

  private static List<UnknownFieldSet> messages(UnknownFieldSet message, int field)
      throws InvalidProtocolBufferException {
    List<UnknownFieldSet> parsed = new ArrayList<>();
    for (ByteString value : message.getField(field).getLengthDelimitedList()) {
      parsed.add(UnknownFieldSet.parseFrom(value));
    }
    return parsed;
  }

  private static ByteString bytes(UnknownFieldSet message, int field) {
    List<ByteString> values = message.getField(field).getLengthDelimitedList();
    return values.isEmpty() ? ByteString.EMPTY : values.getLast();
  }

  private static String string(UnknownFieldSet message, int field) {
    return bytes(message, field).toStringUtf8();
  }

  private static String hex(UnknownFieldSet message, int field) {
    return HexFormat.of().formatHex(bytes(message, field).toByteArray());
  }
}
