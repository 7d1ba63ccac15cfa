package com.octomil.privacy.cli.demo;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.octomil.privacy.cli.stack.Endpoints;
import java.io.IOException;
import java.io.Serial;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;

/** What the operator of a federation does over REST. Thread-safe. */
final class Operator implements AutoCloseable {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration TIMEOUT = Duration.ofSeconds(30);

  private final Endpoints endpoints;
  private final String federation;
  private final HttpClient http =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(5))
          .build();

  Operator(Endpoints endpoints, String federation) {
    this.endpoints = endpoints;
    this.federation = federation;
  }

  /** A service refused a call or could not be reached. */
  static final class OperatorException extends Exception {
    @Serial private static final long serialVersionUID = 1L;

    OperatorException(String message) {
      super(message);
    }

    OperatorException(String message, Throwable cause) {
      super(message, cause);
    }
  }

  /**
   * State of a training job.
   *
   * @param state as the aggregator names it
   * @param reason why it is paused or failed, if it is
   * @param roundsCompleted published rounds
   * @param rounds every attempt at a round
   */
  record Job(String state, Optional<String> reason, int roundsCompleted, List<RoundView> rounds) {

    boolean active() {
      return state.equals("pending") || state.equals("running");
    }

    boolean completed() {
      return state.equals("completed");
    }

    boolean failed() {
      return state.equals("failed");
    }

    boolean paused() {
      return state.equals("paused");
    }

    /** Whether every published round has been charged to the budget. */
    boolean settled() {
      return rounds.stream().allMatch(round -> round.settled() || !round.published());
    }
  }

  /**
   * One attempt at a round.
   *
   * @param number within the job, from 1
   * @param state as the aggregator names it
   * @param cohort devices on the roster
   * @param survivors devices in the sum
   * @param modelVersion the version that it made; 0 if none
   * @param epsilonSpent of the federation after it
   * @param abortDetail why it was aborted, if it was
   */
  record RoundView(
      int number,
      String state,
      int cohort,
      int survivors,
      int modelVersion,
      Optional<Double> epsilonSpent,
      Optional<String> abortDetail) {

    boolean published() {
      return state.equals("published") || settled();
    }

    /** Whether the budget service knows the round. */
    boolean settled() {
      return state.equals("committed");
    }

    boolean aborted() {
      return state.equals("aborted");
    }
  }

  private String path(String rest) {
    return "/api/v1/federations/" + federation + rest;
  }

  void configurePrivacy(ObjectNode configuration) throws OperatorException, InterruptedException {
    sendJson("PUT", endpoints.budgetUrl() + path("/privacy"), configuration);
  }

  JsonNode budget() throws OperatorException, InterruptedException {
    return get(endpoints.budgetUrl() + path("/privacy/budget"));
  }

  List<String> enrollmentCodes(int count) throws OperatorException, InterruptedException {
    JsonNode answer =
        sendJson(
            "POST",
            endpoints.relayUrl() + path("/devices/enrollment-codes"),
            JSON.createObjectNode().put("count", count));
    List<String> codes = new ArrayList<>();
    answer.path("codes").forEach(code -> codes.add(code.path("code").asText()));
    return codes;
  }

  /** Public key of the enrolment authority, for devices to pin. */
  byte[] enrollmentAuthorityKey() throws OperatorException, InterruptedException {
    JsonNode authority = get(endpoints.relayUrl() + "/api/v1/enrollment-authority");
    return Base64.getDecoder().decode(authority.path("public_key").asText());
  }

  void uploadModel(String model, float[] weights) throws OperatorException, InterruptedException {
    ByteBuffer bytes =
        ByteBuffer.allocate(weights.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(weights);
    send(
        request(endpoints.aggregatorUrl() + path("/models/" + model))
            .header("Content-Type", "application/octet-stream")
            .PUT(HttpRequest.BodyPublishers.ofByteArray(bytes.array())));
  }

  float[] model(String model, int version) throws OperatorException, InterruptedException {
    byte[] bytes =
        send(
            request(endpoints.aggregatorUrl() + path("/models/" + model + "/versions/" + version))
                .header("Accept", "application/octet-stream")
                .GET());
    float[] weights = new float[bytes.length / Float.BYTES];
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(weights);
    return weights;
  }

  String startTraining(ObjectNode training) throws OperatorException, InterruptedException {
    return sendJson("POST", endpoints.aggregatorUrl() + path("/training"), training)
        .path("id")
        .asText();
  }

  Job job(String id) throws OperatorException, InterruptedException {
    JsonNode job = get(endpoints.aggregatorUrl() + path("/training/" + id));
    List<RoundView> rounds = new ArrayList<>();
    for (JsonNode round : job.path("rounds")) {
      rounds.add(
          new RoundView(
              round.path("number").asInt(),
              round.path("state").asText(),
              round.path("cohort").asInt(),
              round.path("survivors").asInt(),
              round.path("model_version").asInt(),
              round.hasNonNull("epsilon_spent")
                  ? Optional.of(round.path("epsilon_spent").asDouble())
                  : Optional.empty(),
              Optional.ofNullable(round.path("abort_detail").textValue())));
    }
    return new Job(
        job.path("state").asText(),
        Optional.ofNullable(job.path("reason").textValue()),
        job.path("rounds_completed").asInt(),
        rounds);
  }

  private JsonNode get(String url) throws OperatorException, InterruptedException {
    return parse(url, send(request(url).header("Accept", "application/json").GET()));
  }

  private JsonNode sendJson(String method, String url, JsonNode body)
      throws OperatorException, InterruptedException {
    return parse(
        url,
        send(
            request(url)
                .header("Content-Type", "application/json")
                .header("Accept", "application/json")
                .method(method, HttpRequest.BodyPublishers.ofString(body.toString()))));
  }

  private HttpRequest.Builder request(String url) {
    return HttpRequest.newBuilder(URI.create(url))
        .timeout(TIMEOUT)
        .header("Authorization", "Bearer " + endpoints.apiKey());
  }

  private byte[] send(HttpRequest.Builder builder) throws OperatorException, InterruptedException {
    HttpRequest request = builder.build();
    HttpResponse<byte[]> response;
    try {
      response = http.send(request, HttpResponse.BodyHandlers.ofByteArray());
    } catch (IOException e) {
      throw new OperatorException(
          request.method() + " " + request.uri() + " brought no answer: " + e, e);
    }
    if (response.statusCode() / 100 != 2) {
      throw new OperatorException(
          "%s %s was answered with %d: %s"
              .formatted(
                  request.method(),
                  request.uri(),
                  response.statusCode(),
                  new String(response.body(), StandardCharsets.UTF_8)));
    }
    return response.body();
  }

  private static JsonNode parse(String url, byte[] body) throws OperatorException {
    try {
      return JSON.readTree(new String(body, StandardCharsets.UTF_8));
    } catch (JsonProcessingException e) {
      throw new OperatorException(url + " was not answered with JSON", e);
    }
  }

  @Override
  public void close() {
    http.close();
  }
}
