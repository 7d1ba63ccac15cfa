package com.octomil.privacy.aggregator;

import static io.restassured.RestAssured.given;
import static org.hamcrest.Matchers.contains;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.matchesPattern;
import static org.hamcrest.Matchers.nullValue;

import com.octomil.privacy.aggregator.fleet.BudgetTable;
import com.octomil.privacy.aggregator.fleet.PeersResource;
import com.octomil.privacy.kit.test.EmbeddedPostgresResource;
import com.octomil.privacy.kit.test.ServiceTokenResource;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.http.ContentType;
import jakarta.inject.Inject;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@QuarkusTest
@QuarkusTestResource(EmbeddedPostgresResource.class)
@QuarkusTestResource(ServiceTokenResource.class)
@QuarkusTestResource(PeersResource.class)
class RestApiTest {
  private static final String FEDERATION = "rest";
  private static final String TRAINING = "/api/v1/federations/" + FEDERATION + "/training";

  @Inject BudgetTable budget;

  @BeforeEach
  void configure() {
    budget.configure(Rest.masked(FEDERATION, 5), 0);
    Rest.putModel(FEDERATION, "m", Rest.weights(1, 2, 3));
  }

  @Test
  void aModelIsStoredOnceAndRead() {
    String name = "m-" + UUID.randomUUID().toString().substring(0, 8);
    byte[] weights = Rest.weights(1.5f, -2f);
    Rest.putModel(FEDERATION, name, weights)
        .statusCode(201)
        .body("latest_version", equalTo(1))
        .body("vector_length", equalTo(2))
        .body("versions[0].round_id", nullValue());
    Rest.putModel(FEDERATION, name, weights).statusCode(200);
    Rest.putModel(FEDERATION, name, Rest.weights(1.5f, -3f))
        .statusCode(409)
        .contentType("application/problem+json")
        .body("type", equalTo("urn:octomil:problem:conflict"));
    org.assertj.core.api.Assertions.assertThat(Rest.modelVersion(FEDERATION, name, 1))
        .isEqualTo(weights);
    Rest.operator()
        .get("/api/v1/federations/rest/models/" + name + "/versions/2")
        .then()
        .statusCode(404);
  }

  @Test
  void modelsAreListedByName() {
    String federation = "listed";
    budget.configure(Rest.masked(federation, 5), 0);
    Rest.operator()
        .get("/api/v1/federations/" + federation + "/models")
        .then()
        .statusCode(200)
        .body("models", hasSize(0));
    Rest.putModel(federation, "b", Rest.weights(1, 2)).statusCode(201);
    Rest.putModel(federation, "a", Rest.weights(3)).statusCode(201);
    Rest.operator()
        .get("/api/v1/federations/" + federation + "/models")
        .then()
        .statusCode(200)
        .body("models.name", contains("a", "b"))
        .body("models.vector_length", contains(1, 2))
        .body("models.latest_version", contains(1, 1))
        .body("models[0].sha256", matchesPattern("[0-9a-f]{64}"));
  }

  @Test
  void badModelsAreRefused() {
    Rest.putModel(FEDERATION, "bad", new byte[0])
        .statusCode(422)
        .body("errors.field", hasItem("body"));
    Rest.putModel(FEDERATION, "bad", new byte[6])
        .statusCode(422)
        .body("errors.field", hasItem("body"));
    Rest.putModel(FEDERATION, "bad", Rest.weights(1, Float.NaN))
        .statusCode(422)
        .body("errors.field", hasItem("body"));
    Rest.putModel(FEDERATION, "bad", Rest.weights(Float.POSITIVE_INFINITY)).statusCode(422);
    Rest.putModel(FEDERATION, "bad", new byte[4100]).statusCode(413);
    Rest.putModel(FEDERATION, "Bad_Name", Rest.weights(1))
        .statusCode(400)
        .body("errors.field", hasItem("model"));
    Rest.putModel("unknown", "bad", Rest.weights(1)).statusCode(404);
    Rest.operator()
        .contentType(ContentType.JSON)
        .body("[1]")
        .put("/api/v1/federations/rest/models/bad")
        .then()
        .statusCode(415);
    Rest.operator().get("/api/v1/federations/rest/models/bad").then().statusCode(404);
  }

  @Test
  void keysAreRequired() {
    given().get(TRAINING).then().statusCode(401).contentType("application/problem+json");
    given().header("Authorization", "Bearer edg_wrong").get(TRAINING).then().statusCode(401);
    given().header("Authorization", "Bearer edg_other").get(TRAINING).then().statusCode(403);
    given().header("Authorization", "Bearer edg_read").get(TRAINING).then().statusCode(200);
    given()
        .header("Authorization", "Bearer edg_read")
        .contentType(ContentType.JSON)
        .body("{}")
        .post(TRAINING)
        .then()
        .statusCode(403);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"algorithm\": \"fedavg\", \"rounds\": 1, \"min_updates\": 5} | 400 | model",
        "{\"model\": \"m\", \"rounds\": 1, \"min_updates\": 5} | 400 | algorithm",
        "{\"model\": \"m\", \"algorithm\": \"fedavg\", \"min_updates\": 5} | 400 | rounds",
        "{\"model\": \"m\", \"algorithm\": \"fedavg\", \"rounds\": 1} | 400 | min_updates",
        "{\"model\": \"M\", \"algorithm\": \"fedavg\", \"rounds\": 1, \"min_updates\": 5} | 400 | model",
        "{\"model\": 3, \"algorithm\": \"fedavg\", \"rounds\": 1, \"min_updates\": 5} | 400 | model",
        "{\"model\": \"m\", \"algorithm\": \"fedavg\", \"rounds\": \"1\", \"min_updates\": 5} | 400 | rounds",
        "{\"model\": \"m\", \"algorithm\": \"fedavg\", \"rounds\": 1.5, \"min_updates\": 5} | 400 | rounds",
        "{\"model\": \"m\", \"algorithm\": \"fedavg\", \"rounds\": 1, \"min_updates\": 5, \"x\": 1} | 400 | x",
        "{\"model\": \"m\", \"algorithm\": \"fedsgd\", \"rounds\": 1, \"min_updates\": 5} | 422 | algorithm",
        "{\"model\": \"m\", \"algorithm\": \"fedprox\", \"rounds\": 1, \"min_updates\": 5} | 422 | proximal_mu",
        "{\"model\": \"m\", \"algorithm\": \"fedprox\", \"rounds\": 1, \"min_updates\": 5,"
            + " \"proximal_mu\": 0} | 422 | proximal_mu",
        "{\"model\": \"m\", \"algorithm\": \"fedavg\", \"rounds\": 1, \"min_updates\": 5,"
            + " \"proximal_mu\": 0.1} | 422 | proximal_mu",
        "{\"model\": \"m\", \"algorithm\": \"fedavg\", \"rounds\": 1, \"min_updates\": 5,"
            + " \"tau\": 0.1} | 422 | tau",
        "{\"model\": \"m\", \"algorithm\": \"fedadam\", \"rounds\": 1, \"min_updates\": 5,"
            + " \"beta1\": 1} | 422 | beta1",
        "{\"model\": \"m\", \"algorithm\": \"fedadam\", \"rounds\": 1, \"min_updates\": 5,"
            + " \"beta2\": -0.1} | 422 | beta2",
        "{\"model\": \"m\", \"algorithm\": \"fedadam\", \"rounds\": 1, \"min_updates\": 5,"
            + " \"tau\": 0} | 422 | tau",
        "{\"model\": \"m\", \"algorithm\": \"fedavg\", \"rounds\": 1, \"min_updates\": 5,"
            + " \"aggregation\": \"krum\"} | 422 | aggregation",
        "{\"model\": \"m\", \"algorithm\": \"fedavg\", \"rounds\": 1, \"min_updates\": 5,"
            + " \"aggregation\": \"trimmed_mean\"} | 422 | trim_fraction",
        "{\"model\": \"m\", \"algorithm\": \"fedavg\", \"rounds\": 1, \"min_updates\": 5,"
            + " \"aggregation\": \"trimmed_mean\", \"trim_fraction\": 0.5} | 422 | trim_fraction",
        "{\"model\": \"m\", \"algorithm\": \"fedavg\", \"rounds\": 1, \"min_updates\": 5,"
            + " \"trim_fraction\": 0.2} | 422 | trim_fraction",
        "{\"model\": \"m\", \"algorithm\": \"fedavg\", \"rounds\": 1, \"min_updates\": 5,"
            + " \"aggregation\": \"trimmed_mean\", \"trim_fraction\": 0.1} | 422 | min_updates",
        "{\"model\": \"m\", \"algorithm\": \"fedavg\", \"rounds\": 1, \"min_updates\": 5,"
            + " \"aggregation\": \"coordinate_median\", \"weighting\": \"examples\", \"max_examples\": 3} | 422 | aggregation",
        "{\"model\": \"m\", \"algorithm\": \"fedavg\", \"rounds\": 1, \"min_updates\": 5,"
            + " \"aggregation\": \"coordinate_median\"} | 422 | aggregation",
        "{\"model\": \"m\", \"algorithm\": \"fedavg\", \"rounds\": 0, \"min_updates\": 5} | 422 | rounds",
        "{\"model\": \"m\", \"algorithm\": \"fedavg\", \"rounds\": -1, \"min_updates\": 5} | 422 | rounds",
        "{\"model\": \"m\", \"algorithm\": \"fedavg\", \"rounds\": 1, \"min_updates\": 0} | 422 | min_updates",
        "{\"model\": \"m\", \"algorithm\": \"fedavg\", \"rounds\": 1, \"min_updates\": 11} | 422 | min_updates",
        "{\"model\": \"m\", \"algorithm\": \"fedavg\", \"rounds\": 1, \"min_updates\": 5, \"cohort\": 4}"
            + " | 422 | cohort",
        "{\"model\": \"m\", \"algorithm\": \"fedavg\", \"rounds\": 1, \"min_updates\": 1, \"cohort\": 1000000}"
            + " | 422 | cohort",
        "{\"model\": \"m\", \"algorithm\": \"fedavg\", \"rounds\": 1, \"min_updates\": 5, \"local_epochs\": 0}"
            + " | 422 | local_epochs",
        "{\"model\": \"m\", \"algorithm\": \"fedavg\", \"rounds\": 1, \"min_updates\": 5, \"learning_rate\": 0}"
            + " | 422 | learning_rate",
        "{\"model\": \"m\", \"algorithm\": \"fedavg\", \"rounds\": 1, \"min_updates\": 5,"
            + " \"server_learning_rate\": -1} | 422 | server_learning_rate",
        "{\"model\": \"m\", \"algorithm\": \"fedavg\", \"rounds\": 1, \"min_updates\": 5,"
            + " \"phase_timeout_seconds\": 0} | 422 | phase_timeout_seconds",
        "{\"model\": \"m\", \"algorithm\": \"fedavg\", \"rounds\": 1, \"min_updates\": 5,"
            + " \"weighting\": \"size\"} | 422 | weighting",
        "{\"model\": \"m\", \"algorithm\": \"fedavg\", \"rounds\": 1, \"min_updates\": 5,"
            + " \"weighting\": \"examples\"} | 422 | max_examples",
        "{\"model\": \"m\", \"algorithm\": \"fedavg\", \"rounds\": 1, \"min_updates\": 5,"
            + " \"max_examples\": 10} | 422 | max_examples",
        "{\"model\": \"m\", \"algorithm\": \"fedavg\", \"rounds\": 1, \"min_updates\": 5,"
            + " \"weighting\": \"examples\", \"max_examples\": 0} | 422 | max_examples",
        "{\"model\": \"m\", \"algorithm\": \"fedavg\", \"rounds\": 1, \"min_updates\": 5,"
            + " \"weighting\": \"examples\", \"max_examples\": 16777217} | 422 | max_examples",
      })
  void badTrainingIsRefusedByField(String body, int status, String field) {
    if (body.contains("1000000")) {
      // A finer grid, so that the ring of the sum would be too wide.
      budget.configure(Rest.masked(FEDERATION, 5).toBuilder().setQuantizationBits(20).build(), 0);
    }
    Rest.postTraining(FEDERATION, body)
        .statusCode(status)
        .contentType("application/problem+json")
        .body("errors.field", hasItem(field));
  }

  @Test
  void malformedAndMisplacedRequestsAreRefused() {
    Rest.postTraining(FEDERATION, "{\"model\": ").statusCode(400);
    Rest.postTraining(FEDERATION, "").statusCode(400);
    Rest.postTraining(FEDERATION, "{\"model\": \"m\", \"learning_rate\": NaN}").statusCode(400);
    String body =
        "{\"model\": \"%s\", \"algorithm\": \"fedavg\", \"rounds\": 1, \"min_updates\": 5}";
    Rest.postTraining("unknown", body.formatted("m")).statusCode(404);
    Rest.postTraining(FEDERATION, body.formatted("none")).statusCode(404);
    Rest.postTraining("Not-A-Label", body.formatted("m"))
        .statusCode(400)
        .body("errors.field", hasItem("federation"));
    Rest.operator()
        .get(TRAINING + "/not-a-uuid")
        .then()
        .statusCode(400)
        .body("errors.field", hasItem("id"));
    Rest.operator().get(TRAINING + "/" + UUID.randomUUID()).then().statusCode(404);
  }

  /** Each example of the OpenAPI document is accepted as it stands. */
  @Test
  void theExamplesOfTheDocumentAreAccepted() {
    String name = "examples";
    budget.configure(Rest.privacy(name).setExpectedCohort(20).build(), 1);
    Rest.putModel(name, "risk", Rest.weights(1, 2, 3)).statusCode(201);
    Map<String, Object> examples =
        given()
            .accept("application/json")
            .get("/q/openapi?format=json")
            .then()
            .statusCode(200)
            .extract()
            .jsonPath()
            .getMap(
                "paths.'/api/v1/federations/{federation}/training'.post.requestBody.content"
                    + ".'application/json'.examples");
    org.assertj.core.api.Assertions.assertThat(examples).hasSize(4);
    for (Object example : examples.values()) {
      Object value = ((Map<?, ?>) example).get("value");
      String id =
          Rest.operator()
              .contentType(ContentType.JSON)
              .body(value)
              .post("/api/v1/federations/" + name + "/training")
              .then()
              .statusCode(202)
              .extract()
              .path("id");
      Rest.operator()
          .post("/api/v1/federations/" + name + "/training/" + id + "/cancel")
          .then()
          .statusCode(200);
    }
  }

  @Test
  void oneJobRunsAtATime() {
    String busy = "busy";
    budget.configure(Rest.masked(busy, 5), 1);
    Rest.putModel(busy, "m", Rest.weights(1, 2, 3)).statusCode(201);
    String id = Rest.train(busy, 1, 5, 10, 60);
    Rest.postTraining(
            busy,
            "{\"model\": \"m\", \"algorithm\": \"fedavg\", \"rounds\": 1, \"min_updates\": 5}")
        .statusCode(409);
    Rest.operator()
        .get("/api/v1/federations/busy/training")
        .then()
        .statusCode(200)
        .body("jobs.size()", equalTo(1))
        .body("jobs[0].id", equalTo(id));
    Rest.operator()
        .post("/api/v1/federations/busy/training/" + id + "/resume")
        .then()
        .statusCode(409);
    Rest.operator()
        .post("/api/v1/federations/busy/training/" + id + "/cancel")
        .then()
        .statusCode(200)
        .body("state", equalTo("cancelled"));
    Rest.operator()
        .post("/api/v1/federations/busy/training/" + id + "/cancel")
        .then()
        .statusCode(200);
  }
}
