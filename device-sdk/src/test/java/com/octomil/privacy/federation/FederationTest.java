package com.octomil.privacy.federation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.math.BigDecimal;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Requests and answers byte by byte, against a plain HTTP server. */
class FederationTest {

  private record Answer(int status, String contentType, byte[] body) {}

  private final List<String> requests = new ArrayList<>();
  private final Deque<Answer> answers = new ArrayDeque<>();

  @SuppressWarnings("NullAway.Init")
  private HttpServer server;

  @SuppressWarnings("NullAway.Init")
  private Federation federation;

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          byte[] body = exchange.getRequestBody().readAllBytes();
          String type =
              Objects.requireNonNullElse(
                  exchange.getRequestHeaders().getFirst("Content-Type"), "-");
          String key =
              Objects.requireNonNullElse(
                  exchange.getRequestHeaders().getFirst("Authorization"), "-");
          String shown =
              type.equals("application/octet-stream")
                  ? HexFormat.of().formatHex(body)
                  : new String(body, StandardCharsets.UTF_8);
          requests.add(
              exchange.getRequestMethod()
                  + " "
                  + exchange.getRequestURI()
                  + " "
                  + key
                  + " "
                  + type
                  + " "
                  + shown);
          Answer answer = answers.remove();
          exchange.getResponseHeaders().add("Content-Type", answer.contentType());
          exchange.sendResponseHeaders(
              answer.status(), answer.body().length == 0 ? -1 : answer.body().length);
          exchange.getResponseBody().write(answer.body());
          exchange.close();
        });
    server.start();
    String base = "http://127.0.0.1:" + server.getAddress().getPort();
    federation =
        Federation.connect(base + "/b", base + "/a/", base + "/r", "edg_key", "health-risk-model");
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  private void answer(int status, String json) {
    answers.add(
        new Answer(
            status,
            status < 300 ? "application/json" : "application/problem+json",
            json.getBytes(StandardCharsets.UTF_8)));
  }

  @Test
  void privacyIsWrittenInSnakeCaseWithoutWhatWasNotSet() {
    answer(
        200,
        """
        {"federation":"health-risk-model","version":1,"configuration":1,
         "differential_privacy":{"enabled":true,"epsilon":4.0,"delta":0.00001,"noise_multiplier":1.1,
          "max_grad_norm":1.0,"adjacency":"add_remove"},
         "secure_aggregation":{"enabled":true,"min_participating_clients":10,"reconstruction_threshold":0.6},
         "expected_cohort":57,"quantization_bits":16,"regions":[],
         "meaning":{"epsilon_per_round":1.25,"rounds_affordable":7,"ring_bits":24,
          "warnings":[{"code":"c","field":"f","message":"m"}]},"of_a_later_release":[1]}\
        """);
    PrivacyInForce inForce =
        federation.putPrivacy(
            new PrivacyConfiguration(
                PrivacyConfiguration.DifferentialPrivacy.of(4.0, 1e-5, 1.1, 1.0),
                PrivacyConfiguration.SecureAggregation.of(10, 0.6)));

    assertThat(requests)
        .containsExactly(
            "PUT /b/api/v1/federations/health-risk-model/privacy Bearer edg_key application/json "
                + "{\"differential_privacy\":{\"enabled\":true,\"epsilon\":4.0,\"delta\":0.000010,"
                + "\"noise_multiplier\":1.1,\"max_grad_norm\":1.0},"
                + "\"secure_aggregation\":{\"enabled\":true,\"min_participating_clients\":10,"
                + "\"reconstruction_threshold\":0.6}}");
    requests.clear();
    answer(200, "{\"federation\":\"health-risk-model\",\"version\":1,\"configuration\":2}");
    PrivacyInForce unused =
        federation.putPrivacy(
            new PrivacyConfiguration(
                PrivacyConfiguration.DifferentialPrivacy.of(4.0, 1e-5, 1.1, 1.0)
                    .withAdaptiveClipping(0.5, 0.2),
                PrivacyConfiguration.SecureAggregation.off()));
    assertThat(requests)
        .singleElement()
        .asString()
        .contains(
            "\"max_grad_norm\":1.0,\"adaptive_clipping\":{\"enabled\":true,"
                + "\"target_quantile\":0.5,\"learning_rate\":0.2}}");
    assertThat(inForce.expectedCohort()).isEqualTo(57);
    assertThat(inForce.differentialPrivacy().noiseMultiplier()).isEqualByComparingTo("1.1");
    assertThat(inForce.meaning().epsilonPerRound()).isEqualByComparingTo("1.25");
    assertThat(inForce.meaning().roundsAffordable()).isEqualTo(7);
    assertThat(inForce.meaning().warnings())
        .containsExactly(new PrivacyInForce.Warning("c", "f", "m"));
  }

  @Test
  void budgetIsReadExactly() {
    answer(
        200,
        """
        {"federation":"health-risk-model","version":1,"differential_privacy_enabled":true,"epsilon":4.0,
         "epsilon_spent":3.2000000000000000000001,"epsilon_reserved":0,"epsilon_remaining":0.8,"rounds_completed":8,
         "rounds_reserved":0,"budget_exhausted":false}\
        """);
    Budget budget = federation.budget();
    assertThat(requests)
        .containsExactly(
            "GET /b/api/v1/federations/health-risk-model/privacy/budget Bearer edg_key - ");
    assertThat(budget.epsilonSpent()).isEqualTo(new BigDecimal("3.2000000000000000000001"));
    assertThat(budget.roundsCompleted()).isEqualTo(8);
    assertThat(budget.budgetExhausted()).isFalse();
    assertThat(budget.roundsAffordable()).isNull();
  }

  @Test
  void weightsTravelAsLittleEndianFloats() {
    answer(
        201,
        "{\"federation\":\"f\",\"name\":\"m\",\"vector_length\":2,\"latest_version\":1,\"sha256\":\"00\"}");
    answers.add(
        new Answer(
            200,
            "application/octet-stream",
            HexFormat.of().parseHex("0000803f" + "00000040" + "000000bf")));
    ModelInfo info = federation.putModel("m", new float[] {1f, -2f});
    float[] weights = federation.weights("m", 3);
    assertThat(info.vectorLength()).isEqualTo(2);
    assertThat(weights).containsExactly(1f, 2f, -0.5f);
    assertThat(requests)
        .containsExactly(
            "PUT /a/api/v1/federations/health-risk-model/models/m Bearer edg_key application/octet-stream"
                + " 0000803f000000c0",
            "GET /a/api/v1/federations/health-risk-model/models/m/versions/3 Bearer edg_key - ");
  }

  private static String job(String state, int completed) {
    return """
    {"id":"j","federation":"f","model":"m","algorithm":"fedavg","state":"%s","rounds_requested":2,
     "rounds_completed":%d,"min_updates":10,"cohort":20,"epsilon_spent":1.5,"rounds":[
      {"number":1,"attempt":1,"round_id":"aa","state":"published","secure_aggregation":true,"trained_on_version":1,
       "cohort":20,"survivors":18,"dropped":{"upload":2},"model_version":2}]}\
    """
        .formatted(state, completed);
  }

  @Test
  void trainingIsStartedFollowedAndCancelled() throws Exception {
    answer(202, job("pending", 0));
    answer(200, job("running", 1));
    answer(200, job("completed", 2));
    answer(200, job("cancelled", 1));
    answer(
        200,
        job("running", 1).replace("\"min_updates\"", "\"pause_requested\":true,\"min_updates\""));
    TrainingJob started = federation.train("m", "fedavg", 2, 10);
    List<Integer> progress = new ArrayList<>();
    TrainingJob ended =
        federation.awaitTraining(
            started.id(),
            Duration.ofMillis(1),
            Duration.ofSeconds(30),
            job -> progress.add(job.roundsCompleted()));
    TrainingJob cancelled = federation.cancelTraining("j");
    TrainingJob pausing = federation.pauseTraining("j");

    assertThat(started.active()).isTrue();
    assertThat(ended.completed()).isTrue();
    assertThat(progress).containsExactly(1, 2);
    assertThat(cancelled.active()).isFalse();
    assertThat(pausing.pauseRequested()).isTrue();
    assertThat(cancelled.pauseRequested()).isFalse();
    List<TrainingJob.Round> rounds = Objects.requireNonNull(ended.rounds());
    assertThat(rounds).hasSize(1);
    assertThat(rounds.get(0).survivors()).isEqualTo(18);
    assertThat(Objects.requireNonNull(rounds.get(0).dropped()).upload()).isEqualTo(2);
    assertThat(requests.get(0))
        .isEqualTo(
            "POST /a/api/v1/federations/health-risk-model/training Bearer edg_key application/json "
                + "{\"model\":\"m\",\"algorithm\":\"fedavg\",\"rounds\":2,\"min_updates\":10}");
    assertThat(requests.get(1))
        .startsWith("GET /a/api/v1/federations/health-risk-model/training/j ");
    assertThat(requests.get(3))
        .startsWith("POST /a/api/v1/federations/health-risk-model/training/j/cancel ");
    assertThat(requests.get(4))
        .startsWith("POST /a/api/v1/federations/health-risk-model/training/j/pause ");
  }

  // README begins
  static float[] trainModel(String url, String apiKey) throws InterruptedException {
    Federation federation = Federation.connect(url, apiKey, "health-risk-model");
    TrainingResult result =
        federation.train(
            new TrainingOrder("m", "fedavg", 2, 10),
            job -> System.out.println(job.roundsCompleted() + " rounds"));
    System.out.println(result.job().state() + ", epsilon " + result.budget().epsilonSpent());
    return result.weights().orElseThrow();
  }

  // README ends

  @Test
  void theReadmesTrainingRuns() throws Exception {
    answer(202, job("pending", 0));
    answer(
        200,
        job("completed", 2).replace("\"epsilon_spent\"", "\"model_version\":3,\"epsilon_spent\""));
    answers.add(
        new Answer(200, "application/octet-stream", HexFormat.of().parseHex("0000803f00000040")));
    answer(200, "{\"epsilon_spent\":1.5,\"epsilon_remaining\":2.5,\"rounds_completed\":2}");

    float[] weights = trainModel("http://127.0.0.1:" + server.getAddress().getPort(), "edg_key");

    assertThat(weights).containsExactly(1f, 2f);
    assertThat(requests.get(2)).contains("/models/m/versions/3 ");
    assertThat(requests.get(3)).contains("/privacy/budget ");
    String source =
        Files.readString(
            Path.of("src/test/java/com/octomil/privacy/federation/FederationTest.java"));
    int begin = source.indexOf("// README begins\n") + "// README begins\n".length();
    String shown =
        source
            .substring(begin, source.indexOf("  // README ends\n"))
            .stripTrailing()
            .stripIndent()
            .strip();
    assertThat(shown.lines().count()).isLessThan(20);
    assertThat(Files.readString(Path.of("README.md"))).contains(shown);
  }

  @Test
  void aTrainingThatPublishedNothingHasNoWeights() throws Exception {
    answer(202, job("pending", 0));
    answer(200, job("paused", 0));
    answer(200, "{\"epsilon_spent\":0,\"budget_exhausted\":true}");
    List<String> states = new ArrayList<>();

    TrainingResult result =
        federation.train(new TrainingOrder("m", "fedavg", 2, 10), job -> states.add(job.state()));

    assertThat(result.job().completed()).isFalse();
    assertThat(result.weights()).isEmpty();
    assertThat(states).containsExactly("paused");
  }

  @Test
  void updatesCanBeWeighedByExamples() {
    answer(202, job("pending", 0));

    TrainingJob started =
        federation.train(new TrainingOrder("m", "fedavg", 2, 10).weightedByExamples(500));

    assertThat(started.active()).isTrue();
    assertThat(requests.get(0))
        .endsWith(
            "{\"model\":\"m\",\"algorithm\":\"fedavg\",\"rounds\":2,\"min_updates\":10,"
                + "\"weighting\":\"examples\",\"max_examples\":500}");
  }

  @Test
  void algorithmsHaveTheirFields() {
    answer(202, job("pending", 0));
    answer(202, job("pending", 0));

    TrainingOrder order = new TrainingOrder("m", "fedavg", 2, 10);
    var unused = federation.train(order.withAdaptiveServer(0.01, 0.9, 0.99, 0.001));
    var ignored = federation.train(order.withProximalTerm(0.5).withTrimmedMean(0.25));

    assertThat(requests.get(0))
        .endsWith(
            "{\"model\":\"m\",\"algorithm\":\"fedadam\",\"rounds\":2,\"min_updates\":10,"
                + "\"server_learning_rate\":0.01,\"beta1\":0.9,\"beta2\":0.99,\"tau\":0.001}");
    assertThat(requests.get(1))
        .endsWith(
            "{\"model\":\"m\",\"algorithm\":\"fedprox\",\"rounds\":2,\"min_updates\":10,"
                + "\"proximal_mu\":0.5,\"aggregation\":\"trimmed_mean\",\"trim_fraction\":0.25}");
  }

  @Test
  void enrolmentCodesAndTheAuthoritysKeyComeFromTheRelay() {
    answer(
        201,
        "{\"federation\":\"f\",\"expires_at\":\"2026-01-01T00:00:00Z\",\"codes\":[{\"code\":\"c1\",\"device_id\":\"d1\"}]}");
    answer(200, "{\"algorithm\":\"Ed25519\",\"public_key\":\"AQID\",\"sha256\":\"00\"}");
    EnrollmentCodes codes = federation.createEnrollmentCodes(1, "eu");
    assertThat(codes.codes()).containsExactly(new EnrollmentCodes.Code("c1", "d1"));
    assertThat(codes.toString()).doesNotContain("c1");
    assertThat(federation.enrollmentAuthorityKey()).containsExactly(1, 2, 3);
    assertThat(requests)
        .containsExactly(
            "POST /r/api/v1/federations/health-risk-model/devices/enrollment-codes Bearer edg_key application/json "
                + "{\"count\":1,\"region\":\"eu\"}",
            "GET /r/api/v1/enrollment-authority - - ");
  }

  @Test
  void problemsNameTheField() {
    answer(
        422,
        """
        {"type":"urn:octomil:problem:invalid-value","title":"Invalid value","status":422,"detail":"Some values.",
         "errors":[{"field":"differential_privacy.epsilon","value":"-1","message":"must be above 0"}]}\
        """);
    assertThatThrownBy(() -> federation.privacy())
        .isInstanceOfSatisfying(
            FederationException.class,
            e -> {
              assertThat(e.status()).isEqualTo(422);
              assertThat(e.type()).isEqualTo("urn:octomil:problem:invalid-value");
              assertThat(e.title()).isEqualTo("Invalid value");
              assertThat(e.detail()).isEqualTo("Some values.");
              assertThat(e.errors())
                  .containsExactly(
                      new FederationException.FieldError(
                          "differential_privacy.epsilon", "-1", "must be above 0"));
              assertThat(e)
                  .hasMessageContaining("differential_privacy.epsilon = -1: must be above 0");
            });
  }

  @Test
  void answersThatAreNoProblemDocumentsAreReportedByStatus() {
    answers.add(new Answer(502, "text/html", "<html>".getBytes(StandardCharsets.UTF_8)));
    assertThatThrownBy(() -> federation.budget())
        .isInstanceOfSatisfying(
            FederationException.class, e -> assertThat(e.status()).isEqualTo(502));
    server.stop(0);
    assertThatThrownBy(() -> federation.budget())
        .isInstanceOfSatisfying(FederationException.class, e -> assertThat(e.status()).isZero());
  }
}
