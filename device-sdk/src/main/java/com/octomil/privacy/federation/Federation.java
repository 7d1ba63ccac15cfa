package com.octomil.privacy.federation;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * One federation, as its operator sees it. Every method is one request and throws {@link
 * FederationException} if it is refused or cannot be made; nothing is repeated. Unknown fields in
 * answers are ignored.
 *
 * <p>Thread-safe.
 */
public final class Federation {

  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);
  private static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(60);
  private static final String JSON = "application/json";
  private static final String OCTETS = "application/octet-stream";

  private static final ObjectMapper MAPPER =
      JsonMapper.builder()
          .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
          .serializationInclusion(JsonInclude.Include.NON_NULL)
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .build();

  private final HttpClient http;
  private final URI budget;
  private final URI aggregator;
  private final Optional<URI> relay;
  private final String apiKey;
  private final String name;

  private Federation(URI budget, URI aggregator, Optional<URI> relay, String apiKey, String name) {
    this.http = HttpClient.newBuilder().connectTimeout(CONNECT_TIMEOUT).build();
    this.budget = budget;
    this.aggregator = aggregator;
    this.relay = relay;
    this.apiKey = apiKey;
    this.name = name;
  }

  /**
   * A client; makes no request yet.
   *
   * @param budgetUrl for example {@code https://budget.example.org}
   * @param aggregatorUrl for example {@code https://aggregator.example.org}
   * @param apiKey begins with {@code edg_}
   * @param name of the federation
   * @return the client
   */
  public static Federation connect(
      String budgetUrl, String aggregatorUrl, String apiKey, String name) {
    return new Federation(base(budgetUrl), base(aggregatorUrl), Optional.empty(), apiKey, name);
  }

  /**
   * As {@link #connect(String, String, String, String)}, with the relay, which makes enrolment
   * codes.
   *
   * @param budgetUrl address of the budget service
   * @param aggregatorUrl address of the aggregator
   * @param relayUrl address of the relay
   * @param apiKey key {@code edg_...}
   * @param name of the federation
   * @return the client
   */
  public static Federation connect(
      String budgetUrl, String aggregatorUrl, String relayUrl, String apiKey, String name) {
    return new Federation(
        base(budgetUrl), base(aggregatorUrl), Optional.of(base(relayUrl)), apiKey, name);
  }

  /**
   * As {@link #connect(String, String, String, String, String)}, where one address leads to all
   * three services, as behind an ingress that routes by path.
   *
   * @param url for example {@code https://privacy.example.org}
   * @param apiKey begins with {@code edg_}
   * @param name of the federation
   * @return a client; no request has been made yet
   */
  public static Federation connect(String url, String apiKey, String name) {
    return connect(url, url, url, apiKey, name);
  }

  private static URI base(String url) {
    return URI.create(url.endsWith("/") ? url.substring(0, url.length() - 1) : url);
  }

  /**
   * Name of the federation.
   *
   * @return as it was given
   */
  public String name() {
    return name;
  }

  /**
   * Puts a privacy configuration in force; makes the federation if it is new.
   *
   * @param configuration what is to hold
   * @return the configuration with what it means
   */
  public PrivacyInForce putPrivacy(PrivacyConfiguration configuration) {
    return json(request(budget, "/privacy").PUT(body(configuration)), PrivacyInForce.class);
  }

  /**
   * The configuration in force.
   *
   * @return the configuration with what it means
   */
  public PrivacyInForce privacy() {
    return json(request(budget, "/privacy").GET(), PrivacyInForce.class);
  }

  /**
   * What is spent and left.
   *
   * @return of the current version
   */
  public Budget budget() {
    return json(request(budget, "/privacy/budget").GET(), Budget.class);
  }

  /**
   * Stores initial weights.
   *
   * @param model name of the model
   * @param weights all finite
   * @return the stored model; the same weights again change nothing
   */
  public ModelInfo putModel(String model, float[] weights) {
    ByteBuffer bytes =
        ByteBuffer.allocate(weights.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(weights);
    return json(
        request(aggregator, "/models/" + segment(model))
            .header("Content-Type", OCTETS)
            .PUT(BodyPublishers.ofByteArray(bytes.array())),
        ModelInfo.class);
  }

  /**
   * A model and its versions.
   *
   * @param model name of the model
   * @return without its weights
   */
  public ModelInfo model(String model) {
    return json(request(aggregator, "/models/" + segment(model)).GET(), ModelInfo.class);
  }

  /**
   * The weights of a version.
   *
   * @param model name of the model
   * @param version from 1
   * @return one value for each coordinate
   */
  public float[] weights(String model, int version) {
    HttpRequest request =
        request(aggregator, "/models/" + segment(model) + "/versions/" + version)
            .header("Accept", OCTETS)
            .GET()
            .build();
    byte[] bytes = send(request);
    if (bytes.length % Float.BYTES != 0) {
      throw new FederationException(
          "the weights have " + bytes.length + " bytes, which is no multiple of " + Float.BYTES,
          null);
    }
    float[] weights = new float[bytes.length / Float.BYTES];
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(weights);
    return weights;
  }

  /**
   * Starts a training job; {@code algorithm} is for example {@code fedavg}.
   *
   * @param model name of the model
   * @param algorithm for example {@code fedavg}
   * @param rounds number of rounds, at least 1
   * @param minUpdates fewest devices in a sum
   * @return the job, which goes on by itself
   */
  public TrainingJob train(String model, String algorithm, int rounds, int minUpdates) {
    return train(new TrainingOrder(model, algorithm, rounds, minUpdates));
  }

  /**
   * Starts a training job.
   *
   * @param order what to train, and how
   * @return the job, which goes on by itself
   */
  public TrainingJob train(TrainingOrder order) {
    return json(request(aggregator, "/training").POST(body(order)), TrainingJob.class);
  }

  /**
   * Trains to the end: starts a job, waits while it is active, and fetches what came of it. An
   * interrupt ends the waiting, not the job.
   *
   * @param order what to train
   * @param progress told the job once a second
   * @return the job, its last model and the budget; the job may be paused or failed
   * @throws FederationException if a request is refused or cannot be made
   * @throws InterruptedException if interrupted while the job is active
   */
  public TrainingResult train(TrainingOrder order, Consumer<TrainingJob> progress)
      throws InterruptedException {
    TrainingJob started = train(order);
    TrainingJob job =
        awaitTraining(started.id(), Duration.ofSeconds(1), Duration.ofDays(365), progress);
    Integer version = job.modelVersion();
    return new TrainingResult(
        job,
        version == null ? Optional.empty() : Optional.of(weights(job.model(), version)),
        budget());
  }

  /**
   * A training job and its rounds so far.
   *
   * @param id identifier of the job
   * @return as it is now
   */
  public TrainingJob training(String id) {
    return json(request(aggregator, "/training/" + segment(id)).GET(), TrainingJob.class);
  }

  /**
   * Ends a training job; a round under way is aborted.
   *
   * @param id identifier of the job
   * @return the job
   */
  public TrainingJob cancelTraining(String id) {
    return json(
        request(aggregator, "/training/" + segment(id) + "/cancel").POST(BodyPublishers.noBody()),
        TrainingJob.class);
  }

  /**
   * Pauses a training job once the round under way is over.
   *
   * @param id identifier of the job
   * @return the job
   */
  public TrainingJob pauseTraining(String id) {
    return json(
        request(aggregator, "/training/" + segment(id) + "/pause").POST(BodyPublishers.noBody()),
        TrainingJob.class);
  }

  /**
   * Goes on with a paused training job.
   *
   * @param id identifier of the job
   * @return the job
   */
  public TrainingJob resumeTraining(String id) {
    return json(
        request(aggregator, "/training/" + segment(id) + "/resume").POST(BodyPublishers.noBody()),
        TrainingJob.class);
  }

  /**
   * Waits until a training job is no longer active.
   *
   * @param id identifier of the job
   * @param every how often to ask
   * @param timeout how long to wait at most
   * @param progress told each answer
   * @return the last answer; still {@link TrainingJob#active()} if the time is over
   * @throws InterruptedException if the thread is interrupted; the job goes on
   */
  public TrainingJob awaitTraining(
      String id, Duration every, Duration timeout, Consumer<TrainingJob> progress)
      throws InterruptedException {
    long start = System.nanoTime();
    while (true) {
      TrainingJob job = training(id);
      progress.accept(job);
      if (!job.active() || System.nanoTime() - start >= timeout.toNanos()) {
        return job;
      }
      Thread.sleep(every.toMillis());
    }
  }

  /**
   * Makes one-time codes with which devices enrol.
   *
   * @param count how many, 1 to 10,000
   * @param region that the devices are bound to; empty for none
   * @return the codes, which are shown this once
   */
  public EnrollmentCodes createEnrollmentCodes(int count, String region) {
    Map<String, Object> request = new LinkedHashMap<>();
    request.put("count", count);
    if (!region.isEmpty()) {
      request.put("region", region);
    }
    return json(
        request(relay(), "/devices/enrollment-codes").POST(body(request)), EnrollmentCodes.class);
  }

  /**
   * The Ed25519 key, 32 bytes, that devices pin as the enrolment authority.
   *
   * @return raw, as {@link com.octomil.privacy.device.Enrollment#enroll} takes it
   */
  public byte[] enrollmentAuthorityKey() {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(relay() + "/api/v1/enrollment-authority"))
            .timeout(REQUEST_TIMEOUT)
            .header("Accept", JSON)
            .GET()
            .build();
    JsonNode answer = parse(send(request), JsonNode.class);
    try {
      return Base64.getDecoder().decode(answer.path("public_key").asText());
    } catch (IllegalArgumentException e) {
      throw new FederationException("public_key of the enrolment authority is not base64", e);
    }
  }

  private URI relay() {
    return relay.orElseThrow(
        () -> new IllegalStateException("connect with the relay's URL to make enrolment codes"));
  }

  private HttpRequest.Builder request(URI service, String path) {
    return HttpRequest.newBuilder(
            URI.create(service + "/api/v1/federations/" + segment(name) + path))
        .timeout(REQUEST_TIMEOUT)
        .header("Authorization", "Bearer " + apiKey);
  }

  private static String segment(String value) {
    return URLEncoder.encode(value, StandardCharsets.UTF_8).replace("+", "%20");
  }

  private static BodyPublisher body(Object value) {
    try {
      return BodyPublishers.ofByteArray(MAPPER.writeValueAsBytes(value));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("our own records can always be written", e);
    }
  }

  private <T> T json(HttpRequest.Builder builder, Class<T> type) {
    HttpRequest request = builder.build();
    HttpRequest.Builder complete =
        HttpRequest.newBuilder(request, (header, value) -> true).header("Accept", JSON);
    if (request.headers().firstValue("Content-Type").isEmpty()
        && request.bodyPublisher().map(body -> body.contentLength() > 0).orElse(false)) {
      complete.header("Content-Type", JSON);
    }
    return parse(send(complete.build()), type);
  }

  private static <T> T parse(byte[] body, Class<T> type) {
    try {
      return MAPPER.readValue(body, type);
    } catch (IOException e) {
      throw new FederationException("the answer is not the JSON expected: " + e.getMessage(), e);
    }
  }

  private byte[] send(HttpRequest request) {
    HttpResponse<byte[]> response;
    try {
      response = http.send(request, BodyHandlers.ofByteArray());
    } catch (IOException e) {
      throw new FederationException(request.method() + " " + request.uri() + " failed: " + e, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new FederationException(request.method() + " " + request.uri() + " was interrupted", e);
    }
    if (response.statusCode() / 100 != 2) {
      throw problem(response);
    }
    return response.body();
  }

  private static FederationException problem(HttpResponse<byte[]> response) {
    int status = response.statusCode();
    JsonNode problem;
    try {
      problem = MAPPER.readTree(response.body());
    } catch (IOException e) {
      return new FederationException(status, "about:blank", "HTTP status " + status, "", List.of());
    }
    List<FederationException.FieldError> errors = new ArrayList<>();
    for (JsonNode error : problem.path("errors")) {
      JsonNode value = error.path("value");
      errors.add(
          new FederationException.FieldError(
              error.path("field").asText(),
              value.isMissingNode() || value.isNull() ? null : value.asText(),
              error.path("message").asText()));
    }
    return new FederationException(
        status,
        problem.path("type").asText("about:blank"),
        problem.path("title").asText("HTTP status " + status),
        problem.path("detail").asText(""),
        errors);
  }
}
