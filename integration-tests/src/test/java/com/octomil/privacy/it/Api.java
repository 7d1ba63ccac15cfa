package com.octomil.privacy.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.octomil.privacy.cli.stack.Endpoints;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;

/** Plain HTTP against the services, as curl would do it. */
final class Api {

  private static final ObjectMapper JSON = new ObjectMapper();

  private final HttpClient http =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(5))
          .build();
  private final Endpoints endpoints;

  Api(Endpoints endpoints) {
    this.endpoints = endpoints;
  }

  /** Which service a path belongs to. */
  enum Of {
    BUDGET,
    RELAY,
    AGGREGATOR
  }

  /** An answer. */
  record Answer(int status, String contentType, byte[] bytes) {

    JsonNode json() {
      try {
        return bytes.length == 0 ? MissingNode.getInstance() : JSON.readTree(bytes);
      } catch (IOException e) {
        throw new UncheckedIOException("not JSON: " + new String(bytes, UTF_8), e);
      }
    }

    /** The answer, which must have this status. */
    Answer expect(int expected) {
      assertThat(status).as(() -> new String(bytes, UTF_8)).isEqualTo(expected);
      return this;
    }

    /** The first field that a problem names. */
    String problemField() {
      return json().path("errors").path(0).path("field").asText();
    }
  }

  private static final java.nio.charset.Charset UTF_8 = java.nio.charset.StandardCharsets.UTF_8;

  String url(Of service, String path) {
    return switch (service) {
          case BUDGET -> endpoints.budgetUrl();
          case RELAY -> endpoints.relayUrl();
          case AGGREGATOR -> endpoints.aggregatorUrl();
        }
        + path;
  }

  Answer get(Of service, String path) {
    return send(
        service, "GET", path, Optional.of(endpoints.apiKey()), "application/json", new byte[0]);
  }

  /**
   * As {@link #get}, but asks again for up to 20 s while the service says that it is a matter of
   * time.
   */
  Answer getPatiently(Of service, String path) {
    long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
    Answer answer = get(service, path);
    while (answer.status() == 503 && System.nanoTime() - deadline < 0) {
      LockSupport.parkNanos(Duration.ofMillis(100).toNanos());
      answer = get(service, path);
    }
    return answer;
  }

  Answer put(Of service, String path, String body) {
    return send(
        service,
        "PUT",
        path,
        Optional.of(endpoints.apiKey()),
        "application/json",
        body.getBytes(UTF_8));
  }

  Answer post(Of service, String path, String body) {
    return send(
        service,
        "POST",
        path,
        Optional.of(endpoints.apiKey()),
        "application/json",
        body.getBytes(UTF_8));
  }

  Answer send(
      Of service,
      String method,
      String path,
      Optional<String> key,
      String contentType,
      byte[] body) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(url(service, path)))
            .timeout(Duration.ofSeconds(30))
            .header("Content-Type", contentType)
            .method(
                method,
                body.length == 0
                    ? HttpRequest.BodyPublishers.noBody()
                    : HttpRequest.BodyPublishers.ofByteArray(body));
    key.ifPresent(own -> request.header("Authorization", "Bearer " + own));
    try {
      HttpResponse<byte[]> response =
          http.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
      return new Answer(
          response.statusCode(),
          response.headers().firstValue("content-type").orElse(""),
          response.body());
    } catch (IOException e) {
      throw new UncheckedIOException(method + " " + path, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }
}
