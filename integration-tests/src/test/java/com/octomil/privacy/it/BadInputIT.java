package com.octomil.privacy.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Named.named;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.fasterxml.jackson.databind.JsonNode;
import com.octomil.privacy.it.Api.Answer;
import com.octomil.privacy.it.Api.Of;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Whatever is wrong with a REST call is answered with a problem that names it, and changes nothing.
 */
@Timeout(120)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class BadInputIT {

  static final String GOOD_PRIVACY =
      """
      {"differential_privacy": {"enabled": true, "epsilon": 4.0, "delta": 1e-5,
        "noise_multiplier": 1.1, "max_grad_norm": 1.0},
       "secure_aggregation": {"enabled": true, "min_participating_clients": 10,
        "reconstruction_threshold": 0.6}}
      """;

  private final Api api = new Api(Services.stack().endpoints());
  private final String federation = Services.newFederation("bad-input");

  BadInputIT() {
    api.put(Of.BUDGET, privacy(), GOOD_PRIVACY).expect(201);
    api.send(
            Of.AGGREGATOR,
            "PUT",
            "/api/v1/federations/" + federation + "/models/m",
            Optional.of(Services.stack().endpoints().apiKey()),
            "application/octet-stream",
            new byte[4 * 8])
        .expect(201);
  }

  private String privacy() {
    return "/api/v1/federations/" + federation + "/privacy";
  }

  static Stream<Arguments> privacyBodies() {
    List<Arguments> cases = new ArrayList<>();
    cases.add(body("malformed", "{\"differential_privacy\": ", 400, ""));
    cases.add(body("empty", "", 400, ""));
    cases.add(body("no object", "[]", 400, ""));
    cases.add(body("not JSON", "epsilon=4", 400, ""));
    cases.add(body("empty object", "{}", 400, "differential_privacy"));
    cases.add(
        changed(
            "unknown field",
            "\"enabled\": true, \"epsilon\"",
            "\"enabled\": true, \"epsilom\": 1, \"epsilon\"",
            400,
            "differential_privacy.epsilom"));
    cases.add(
        changed(
            "unknown top-level field",
            "{\"differential_privacy\"",
            "{\"diferential\": {}, \"differential_privacy\"",
            400,
            "diferential"));
    cases.add(
        changed(
            "duplicate field", "\"epsilon\": 4.0", "\"epsilon\": 4.0, \"epsilon\": 5.0", 400, ""));
    cases.add(
        changed(
            "string for a number",
            "\"epsilon\": 4.0",
            "\"epsilon\": \"4.0\"",
            400,
            "differential_privacy.epsilon"));
    cases.add(
        changed(
            "boolean for a number",
            "\"epsilon\": 4.0",
            "\"epsilon\": true",
            400,
            "differential_privacy.epsilon"));
    cases.add(changed("NaN", "\"epsilon\": 4.0", "\"epsilon\": NaN", 400, ""));
    cases.add(
        changed(
            "number for a boolean",
            "\"enabled\": true, \"epsilon\"",
            "\"enabled\": 1, \"epsilon\"",
            400,
            "differential_privacy.enabled"));
    cases.add(
        changed(
            "fraction for a count",
            "clients\": 10",
            "clients\": 10.5",
            400,
            "secure_aggregation.min_participating_clients"));
    cases.add(
        changed(
            "object for a number",
            "\"delta\": 1e-5",
            "\"delta\": {}",
            400,
            "differential_privacy.delta"));
    cases.add(changed("missing field", "\"delta\": 1e-5,", "", 400, "differential_privacy.delta"));
    cases.add(
        changed(
            "null field", "\"delta\": 1e-5", "\"delta\": null", 400, "differential_privacy.delta"));
    cases.add(
        changed(
            "negative epsilon",
            "\"epsilon\": 4.0",
            "\"epsilon\": -4.0",
            422,
            "differential_privacy.epsilon"));
    cases.add(
        changed(
            "zero epsilon",
            "\"epsilon\": 4.0",
            "\"epsilon\": 0",
            422,
            "differential_privacy.epsilon"));
    cases.add(
        changed(
            "huge epsilon",
            "\"epsilon\": 4.0",
            "\"epsilon\": 1e999999999",
            422,
            "differential_privacy.epsilon"));
    cases.add(
        changed(
            "delta of one", "\"delta\": 1e-5", "\"delta\": 1", 422, "differential_privacy.delta"));
    cases.add(
        changed(
            "zero delta", "\"delta\": 1e-5", "\"delta\": 0", 422, "differential_privacy.delta"));
    cases.add(
        changed(
            "zero noise",
            "\"noise_multiplier\": 1.1",
            "\"noise_multiplier\": 0",
            422,
            "differential_privacy.noise_multiplier"));
    cases.add(
        changed(
            "negative norm",
            "\"max_grad_norm\": 1.0",
            "\"max_grad_norm\": -1",
            422,
            "differential_privacy.max_grad_norm"));
    cases.add(
        changed(
            "zero clients",
            "clients\": 10",
            "clients\": 0",
            422,
            "secure_aggregation.min_participating_clients"));
    cases.add(
        changed(
            "negative clients",
            "clients\": 10",
            "clients\": -10",
            422,
            "secure_aggregation.min_participating_clients"));
    cases.add(
        changed(
            "threshold above one",
            "threshold\": 0.6",
            "threshold\": 1.01",
            422,
            "secure_aggregation.reconstruction_threshold"));
    cases.add(
        changed(
            "zero threshold",
            "threshold\": 0.6",
            "threshold\": 0",
            422,
            "secure_aggregation.reconstruction_threshold"));
    return cases.stream();
  }

  private static Arguments body(String name, String body, int status, String field) {
    return arguments(named(name, body), status, field);
  }

  private static Arguments changed(String name, String from, String to, int status, String field) {
    String body = GOOD_PRIVACY.replace(from, to);
    assertThat(body).as(name).isNotEqualTo(GOOD_PRIVACY);
    return arguments(named(name, body), status, field);
  }

  @ParameterizedTest
  @MethodSource("privacyBodies")
  void aBadPrivacyConfigurationChangesNothing(String body, int status, String field) {
    JsonNode before = api.get(Of.BUDGET, privacy()).expect(200).json();

    assertProblem(api.put(Of.BUDGET, privacy(), body), status, field);

    assertThat(api.get(Of.BUDGET, privacy()).expect(200).json()).isEqualTo(before);
  }

  /** A REST call without body or with a good one. */
  record Call(Of service, String method, String path, String body) {
    @Override
    public String toString() {
      return method + " " + path;
    }
  }

  Stream<Call> calls() {
    String f = "/api/v1/federations/" + federation;
    return Stream.of(
        new Call(Of.BUDGET, "GET", "/api/v1/federations", ""),
        new Call(Of.BUDGET, "POST", "/api/v1/federations", "{\"name\": \"never-made\"}"),
        new Call(Of.BUDGET, "GET", f, ""),
        new Call(Of.BUDGET, "POST", f + "/versions", "{\"reason\": \"never\"}"),
        new Call(Of.BUDGET, "GET", f + "/privacy", ""),
        new Call(Of.BUDGET, "PUT", f + "/privacy", GOOD_PRIVACY),
        new Call(Of.BUDGET, "GET", f + "/privacy/budget", ""),
        new Call(Of.BUDGET, "GET", f + "/privacy/budget/rounds", ""),
        new Call(Of.BUDGET, "GET", "/api/v1/api-keys", ""),
        new Call(
            Of.BUDGET, "POST", "/api/v1/api-keys", "{\"name\": \"n\", \"scopes\": [\"read\"]}"),
        new Call(Of.RELAY, "GET", f + "/devices", ""),
        new Call(Of.RELAY, "POST", f + "/devices/enrollment-codes", "{\"count\": 1}"),
        new Call(Of.AGGREGATOR, "GET", f + "/models/m", ""),
        new Call(Of.AGGREGATOR, "GET", f + "/training", ""),
        new Call(Of.AGGREGATOR, "POST", f + "/training", training("")));
  }

  @ParameterizedTest
  @MethodSource("calls")
  void everyCallNeedsAGoodKey(Call call) {
    for (Optional<String> key :
        List.of(
            Optional.<String>empty(),
            Optional.of("edg_" + "A".repeat(43)),
            Optional.of("nonsense"))) {
      Answer answer =
          api.send(
              call.service(),
              call.method(),
              call.path(),
              key,
              "application/json",
              call.body().getBytes(StandardCharsets.UTF_8));
      assertProblem(answer, 401, "");
    }
  }

  @Test
  void aReadKeyMayNotWriteAndAFederationKeyStaysInItsFederation() {
    String reader = newKey("{\"name\": \"reader\", \"scopes\": [\"read\"]}");
    String elsewhere =
        newKey("{\"name\": \"elsewhere\", \"scopes\": [\"operator\"], \"federation\": \"other\"}");

    calls()
        .filter(call -> !call.method().equals("GET"))
        .forEach(call -> assertProblem(with(reader, call), 403, ""));
    calls()
        .filter(call -> call.path().contains(federation))
        .forEach(call -> assertProblem(with(elsewhere, call), 403, ""));
  }

  private String newKey(String body) {
    return api.post(Of.BUDGET, "/api/v1/api-keys", body).expect(201).json().path("key").asText();
  }

  private Answer with(String key, Call call) {
    return api.send(
        call.service(),
        call.method(),
        call.path(),
        Optional.of(key),
        "application/json",
        call.body().getBytes(StandardCharsets.UTF_8));
  }

  static Stream<Arguments> otherBodies() {
    return Stream.of(
        arguments(Of.BUDGET, "/api/v1/federations", "{\"name\": \"Not_DNS\"}", 400, "name"),
        arguments(Of.BUDGET, "/api/v1/federations", "{\"name\": \"\"}", 400, "name"),
        arguments(
            Of.BUDGET,
            "/api/v1/federations",
            "{\"name\": \"" + "a".repeat(64) + "\"}",
            400,
            "name"),
        arguments(Of.BUDGET, "/api/v1/federations", "{\"name\": 7}", 400, "name"),
        arguments(Of.BUDGET, "/api/v1/federations", "{}", 400, "name"),
        arguments(Of.BUDGET, "/api/v1/federations", "{\"name\": \"F\", \"x\": 1}", 400, "x"),
        arguments(Of.BUDGET, "/api/v1/federations/F/versions", "{\"reason\": \"\"}", 422, "reason"),
        arguments(Of.BUDGET, "/api/v1/federations/nobody/versions", "{\"reason\": \"r\"}", 404, ""),
        arguments(
            Of.BUDGET, "/api/v1/api-keys", "{\"name\": \"k\", \"scopes\": []}", 422, "scopes"),
        arguments(
            Of.BUDGET,
            "/api/v1/api-keys",
            "{\"name\": \"k\", \"scopes\": [\"root\"]}",
            422,
            "scopes[0]"),
        arguments(Of.BUDGET, "/api/v1/api-keys", "{\"scopes\": [\"read\"]}", 400, "name"),
        arguments(
            Of.RELAY,
            "/api/v1/federations/F/devices/enrollment-codes",
            "{\"count\": 0}",
            422,
            "count"),
        arguments(
            Of.RELAY,
            "/api/v1/federations/F/devices/enrollment-codes",
            "{\"count\": 10001}",
            422,
            "count"),
        arguments(
            Of.RELAY,
            "/api/v1/federations/F/devices/enrollment-codes",
            "{\"count\": \"3\"}",
            400,
            "count"),
        arguments(
            Of.RELAY,
            "/api/v1/federations/F/devices/enrollment-codes",
            "{\"count\": 1.5}",
            400,
            "count"),
        arguments(Of.RELAY, "/api/v1/federations/F/devices/enrollment-codes", "{}", 400, "count"),
        arguments(
            Of.RELAY,
            "/api/v1/federations/F/devices/enrollment-codes",
            "{\"count\": 1, \"y\": 2}",
            400,
            "y"),
        arguments(
            Of.RELAY,
            "/api/v1/federations/F/devices/enrollment-codes",
            "{\"count\": 1, \"expires_in\": 1}",
            422,
            "expires_in"),
        arguments(Of.RELAY, "/api/v1/federations/F/devices/enrollment-codes", "{", 400, ""),
        arguments(
            Of.RELAY,
            "/api/v1/federations/F_F/devices/enrollment-codes",
            "{\"count\": 1}",
            400,
            "federation"),
        arguments(Of.AGGREGATOR, "/api/v1/federations/F/training", "{", 400, ""),
        arguments(Of.AGGREGATOR, "/api/v1/federations/F/training", "{}", 400, "model"),
        arguments(
            Of.AGGREGATOR, "/api/v1/federations/F/training", training(", \"z\": 1"), 400, "z"),
        arguments(
            Of.AGGREGATOR,
            "/api/v1/federations/F/training",
            training("").replace("\"rounds\": 1", "\"rounds\": 0"),
            422,
            "rounds"),
        arguments(
            Of.AGGREGATOR,
            "/api/v1/federations/F/training",
            training("").replace("\"rounds\": 1", "\"rounds\": -1"),
            422,
            "rounds"),
        arguments(
            Of.AGGREGATOR,
            "/api/v1/federations/F/training",
            training("").replace("\"rounds\": 1", "\"rounds\": \"1\""),
            400,
            "rounds"),
        arguments(
            Of.AGGREGATOR,
            "/api/v1/federations/F/training",
            training("").replace("\"rounds\": 1", "\"rounds\": 1.5"),
            400,
            "rounds"),
        arguments(
            Of.AGGREGATOR,
            "/api/v1/federations/F/training",
            training("").replace("updates\": 10", "updates\": 0"),
            422,
            "min_updates"),
        arguments(
            Of.AGGREGATOR,
            "/api/v1/federations/F/training",
            training("").replace("fedavg", "fedsgd"),
            422,
            "algorithm"),
        arguments(
            Of.AGGREGATOR,
            "/api/v1/federations/F/training",
            training(", \"learning_rate\": 0"),
            422,
            "learning_rate"),
        arguments(
            Of.AGGREGATOR,
            "/api/v1/federations/F/training",
            training(", \"learning_rate\": NaN"),
            400,
            ""),
        arguments(
            Of.AGGREGATOR,
            "/api/v1/federations/F/training",
            training(", \"local_epochs\": -1"),
            422,
            "local_epochs"),
        arguments(
            Of.AGGREGATOR,
            "/api/v1/federations/F/training",
            training("").replace("\"m\"", "\"none\""),
            404,
            ""));
  }

  static String training(String more) {
    return "{\"model\": \"m\", \"algorithm\": \"fedavg\", \"rounds\": 1, \"min_updates\": 10"
        + more
        + "}";
  }

  @ParameterizedTest
  @MethodSource("otherBodies")
  void otherBadBodiesAreRefused(Of service, String path, String body, int status, String field) {
    assertProblem(
        api.post(service, path.replace("/F/", "/" + federation + "/"), body), status, field);
  }

  @ParameterizedTest
  @MethodSource("badPaths")
  void badNamesAndUnknownThingsAreRefused(Of service, String path, int status) {
    assertProblem(api.get(service, path.replace("/F/", "/" + federation + "/")), status, "");
  }

  static Stream<Arguments> badPaths() {
    return Stream.of(
        arguments(Of.BUDGET, "/api/v1/federations/No_DNS/privacy", 400),
        arguments(Of.BUDGET, "/api/v1/federations/-a/privacy/budget", 400),
        arguments(Of.BUDGET, "/api/v1/federations/nobody", 404),
        arguments(Of.BUDGET, "/api/v1/federations/nobody/privacy", 404),
        arguments(Of.BUDGET, "/api/v1/federations/nobody/privacy/budget", 404),
        arguments(Of.BUDGET, "/api/v1/federations/F/privacy/budget/rounds?limit=0", 422),
        arguments(Of.BUDGET, "/api/v1/federations/F/privacy/budget/rounds?limit=x", 400),
        arguments(Of.BUDGET, "/api/v1/federations/F/privacy/budget/rounds?version=99", 422),
        arguments(Of.RELAY, "/api/v1/federations/No_DNS/devices", 400),
        arguments(Of.AGGREGATOR, "/api/v1/federations/No_DNS/training", 400),
        arguments(Of.AGGREGATOR, "/api/v1/federations/F/models/none", 404),
        arguments(
            Of.AGGREGATOR,
            "/api/v1/federations/F/training/00000000-0000-4000-8000-000000000000",
            404),
        arguments(Of.AGGREGATOR, "/api/v1/federations/F/training/no-uuid", 400));
  }

  private static void assertProblem(Answer answer, int status, String field) {
    answer.expect(status);
    assertThat(answer.contentType()).startsWith("application/problem+json");
    JsonNode problem = answer.json();
    assertThat(problem.path("type").asText()).startsWith("urn:octomil:problem:");
    assertThat(problem.path("status").asInt()).isEqualTo(status);
    assertThat(problem.path("title").asText()).isNotBlank();
    assertThat(problem.path("detail").asText()).isNotBlank().doesNotContain("Exception");
    if (!field.isEmpty()) {
      assertThat(answer.problemField()).isEqualTo(field);
    }
  }
}
