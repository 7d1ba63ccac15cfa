package com.octomil.privacy.aggregator;

import static io.restassured.RestAssured.given;

import com.octomil.privacy.aggregator.fleet.Await;
import com.octomil.privacy.proto.budget.v1.AdaptiveClipping;
import com.octomil.privacy.proto.budget.v1.DifferentialPrivacyConfiguration;
import com.octomil.privacy.proto.budget.v1.PrivacyConfiguration;
import com.octomil.privacy.proto.budget.v1.SecureAggregationConfiguration;
import com.octomil.privacy.proto.secagg.v1.AdversaryModel;
import com.octomil.privacy.proto.secagg.v1.NoisePlacement;
import io.restassured.http.ContentType;
import io.restassured.path.json.JsonPath;
import io.restassured.response.ValidatableResponse;
import io.restassured.specification.RequestSpecification;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;

/** REST calls of an operator. */
final class Rest {
  private Rest() {}

  static RequestSpecification operator() {
    return given().header("Authorization", "Bearer edg_operator");
  }

  static ValidatableResponse putModel(String federation, String model, byte[] weights) {
    return operator()
        .contentType("application/octet-stream")
        .body(weights)
        .put("/api/v1/federations/" + federation + "/models/" + model)
        .then();
  }

  static byte[] weights(float... values) {
    ByteBuffer buffer =
        ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (float value : values) {
      buffer.putFloat(value);
    }
    return buffer.array();
  }

  static byte[] modelVersion(String federation, String model, int version) {
    return operator()
        .get("/api/v1/federations/" + federation + "/models/" + model + "/versions/" + version)
        .then()
        .statusCode(200)
        .extract()
        .asByteArray();
  }

  static ValidatableResponse postTraining(String federation, String body) {
    return operator()
        .contentType(ContentType.JSON)
        .body(body)
        .post("/api/v1/federations/" + federation + "/training")
        .then();
  }

  static String train(
      String federation, int rounds, int minUpdates, int cohort, double phaseSeconds) {
    return postTraining(
            federation,
            """
            {"model": "m", "algorithm": "fedavg", "rounds": %d, "min_updates": %d, "cohort": %d,
             "phase_timeout_seconds": %s}
            """
                .formatted(rounds, minUpdates, cohort, phaseSeconds))
        .statusCode(202)
        .extract()
        .path("id");
  }

  static String trainWeighted(
      String federation, int rounds, int minUpdates, int cohort, int maxExamples) {
    return postTraining(
            federation,
            """
            {"model": "m", "algorithm": "fedavg", "rounds": %d, "min_updates": %d, "cohort": %d,
             "phase_timeout_seconds": 10, "weighting": "examples", "max_examples": %d}
            """
                .formatted(rounds, minUpdates, cohort, maxExamples))
        .statusCode(202)
        .body("weighting", org.hamcrest.Matchers.equalTo("examples"))
        .body("max_examples", org.hamcrest.Matchers.equalTo(maxExamples))
        .extract()
        .path("id");
  }

  static JsonPath job(String federation, String id) {
    return operator()
        .get("/api/v1/federations/" + federation + "/training/" + id)
        .then()
        .statusCode(200)
        .extract()
        .jsonPath();
  }

  static JsonPath awaitState(String federation, String id, String state) {
    Await.until(
        "job state " + state,
        Duration.ofSeconds(40),
        () -> state.equals(job(federation, id).getString("state")));
    return job(federation, id);
  }

  static PrivacyConfiguration.Builder privacy(String federation) {
    return PrivacyConfiguration.newBuilder()
        .setFederation(federation)
        .setVersion(1)
        .setExpectedCohort(10)
        .setMaxGradNorm(1)
        .setQuantizationBits(10);
  }

  static PrivacyConfiguration masked(String federation, int minimum) {
    return privacy(federation)
        .setSecureAggregation(
            SecureAggregationConfiguration.newBuilder()
                .setMinParticipatingClients(minimum)
                .setReconstructionThreshold(0.3)
                .setAdversary(AdversaryModel.ADVERSARY_MODEL_SEMI_HONEST)
                .setCorruptFraction(0.05)
                // Five of twelve, whoever they are: degree 8, threshold 3.
                .setDropoutFraction(0.45)
                .setSecurityBits(40)
                .setCorrectnessBits(20))
        .build();
  }

  /**
   * Differential privacy with adaptive clipping from 1, quantile 0.5, and so little noise on the
   * bits that their sum is exact: 0.02 is rounded to something else than 0 in fewer than one of
   * 10^100 rounds.
   */
  static PrivacyConfiguration.Builder adaptive(PrivacyConfiguration.Builder configuration) {
    return configuration.setDifferentialPrivacy(
        DifferentialPrivacyConfiguration.newBuilder()
            .setEpsilon(4)
            .setDelta(1e-5)
            .setNoiseMultiplier(0.01)
            .setNoisePlacement(NoisePlacement.NOISE_PLACEMENT_SERVER)
            .setAdaptiveClipping(
                AdaptiveClipping.newBuilder()
                    .setTargetQuantile(0.5)
                    .setLearningRate(0.25)
                    .setBitNoise(0.01)));
  }

  static PrivacyConfiguration noisy(String federation, double noiseMultiplier) {
    return privacy(federation)
        .setDifferentialPrivacy(
            DifferentialPrivacyConfiguration.newBuilder()
                .setEpsilon(4)
                .setDelta(1e-5)
                .setNoiseMultiplier(noiseMultiplier)
                .setNoisePlacement(NoisePlacement.NOISE_PLACEMENT_SERVER))
        .build();
  }
}
