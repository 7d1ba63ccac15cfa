package com.octomil.privacy.budget.rest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.nullValue;

import com.octomil.privacy.budget.test.Api;
import com.octomil.privacy.budget.test.BudgetResources;
import com.octomil.privacy.budget.test.Internal;
import com.octomil.privacy.kit.test.EmbeddedPostgresResource;
import com.octomil.privacy.kit.test.ServiceTokenResource;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.path.json.JsonPath;
import io.restassured.response.ValidatableResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.eclipse.microprofile.config.ConfigProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@QuarkusTest
@QuarkusTestResource(EmbeddedPostgresResource.class)
@QuarkusTestResource(ServiceTokenResource.class)
@QuarkusTestResource(BudgetResources.class)
class EventsApiTest {

  private final String federation = Api.newName();

  private static Internal internal() {
    return new Internal(
        ConfigProvider.getConfig().getValue("quarkus.grpc.server.test-port", Integer.class));
  }

  private ValidatableResponse events(String query) {
    return Api.admin().get("/api/v1/federations/" + federation + "/events" + query).then();
  }

  private ValidatableResponse spikes() {
    return Api.admin().get(Api.privacy(federation) + "/budget/spikes").then().statusCode(200);
  }

  @Test
  void whatHappensToAFederationIsRecordedInOrder() {
    Api.put(federation, Api.EXAMPLE).statusCode(201);
    Api.put(federation, Api.EXAMPLE).statusCode(200);
    Api.admin()
        .body("{\"epsilon\": 1, \"reason\": \"second arm\"}")
        .post(Api.privacy(federation) + "/budget/allocations")
        .then()
        .statusCode(201);
    Api.admin()
        .body("{\"reason\": \"next study\"}")
        .post("/api/v1/federations/" + federation + "/versions")
        .then()
        .statusCode(201);
    String bound = Api.newKey(federation, "auditor");

    JsonPath found =
        Api.as(bound)
            .get("/api/v1/federations/" + federation + "/events")
            .then()
            .statusCode(200)
            .extract()
            .jsonPath();
    assertThat(found.getList("events.kind", String.class))
        .containsExactly(
            "federation_created",
            "configuration_changed",
            "configuration_changed",
            "budget_allocated",
            "version_opened",
            "api_key_created");
    assertThat(found.getList("events.sequence", Long.class)).isSorted().doesNotHaveDuplicates();
    assertThat(found.getMap("events[3].details"))
        .isEqualTo(Map.of("epsilon", "1", "reason", "second arm", "configuration", "2"));
    assertThat(found.getInt("events[4].version")).isEqualTo(2);
    assertThat(found.getString("events[0].actor")).hasSize(36);
    assertThat(found.getMap("events[5].details"))
        .containsEntry("scopes", "AUDITOR")
        .doesNotContainKey("sha256");
  }

  @Test
  void pagesJoinWithoutGapsOrRepetitions() {
    Api.put(federation, Api.EXAMPLE).statusCode(201);
    for (int i = 1; i <= 5; i++) {
      Api.put(federation, Api.configuration(4, 1e-5, 10 + i)).statusCode(200);
    }
    List<Integer> all = events("").extract().jsonPath().getList("events.sequence");
    assertThat(all).hasSize(7);
    List<Integer> joined = new ArrayList<>();
    String after = "0";
    do {
      JsonPath page = events("?limit=3&after=" + after).statusCode(200).extract().jsonPath();
      joined.addAll(page.getList("events.sequence"));
      after = page.getString("next_after");
    } while (after != null);
    assertThat(joined).isEqualTo(all);
    events("?kind=federation_created").body("events", hasSize(1));
    // The global record has them too, in the same order.
    List<Integer> global =
        Api.admin()
            .get("/api/v1/events?limit=1000&after=" + (all.getFirst() - 1))
            .then()
            .statusCode(200)
            .extract()
            .jsonPath()
            .getList("events.sequence");
    assertThat(global).containsSubsequence(all);
  }

  @ParameterizedTest
  @CsvSource({
    "?kind=birthday,422,kind",
    "?limit=0,422,limit",
    "?limit=1001,422,limit",
    "?after=x,400,after",
    "?after=-1,422,after"
  })
  void badPagesAreRefused(String query, int status, String field) {
    Api.put(federation, Api.EXAMPLE).statusCode(201);
    events(query).statusCode(status).body("errors[0].field", equalTo(field));
  }

  @Test
  void onlyAuditorsReadTheRecord() {
    Api.put(federation, Api.EXAMPLE).statusCode(201);
    for (String scope : List.of("operator", "read")) {
      String key = Api.newKey(null, scope);
      Api.as(key).get("/api/v1/events").then().statusCode(403);
      Api.as(key).get("/api/v1/federations/" + federation + "/events").then().statusCode(403);
    }
    Api.as(Api.newKey(null, "auditor")).get("/api/v1/events").then().statusCode(200);
    // A key of one federation does not read what concerns all.
    Api.as(Api.newKey(federation, "auditor")).get("/api/v1/events").then().statusCode(403);
    Api.admin().get("/api/v1/federations/" + Api.newName() + "/events").then().statusCode(404);
  }

  @Test
  void exhaustionIsRecordedOncePerConfiguration() {
    Api.put(federation, Api.EXAMPLE).statusCode(201);
    try (Internal internal = internal()) {
      internal.reserved(federation);
      for (int i = 0; i < 3; i++) {
        assertThat(internal.reserve(federation, Internal.newRound(), 1).hasExhausted()).isTrue();
      }
      events("?kind=budget_exhausted")
          .body("events", hasSize(1))
          .body("events[0].actor", equalTo("aggregator"))
          .body("events[0].details.epsilon", equalTo("4"))
          .body("events[0].details.epsilon_spent_or_reserved", equalTo("3.921250253"));
      Api.admin()
          .body("{\"epsilon\": 0.5, \"reason\": \"too little\"}")
          .post(Api.privacy(federation) + "/budget/allocations")
          .then()
          .statusCode(201);
      assertThat(internal.reserve(federation, Internal.newRound(), 1).hasExhausted()).isTrue();
      events("?kind=budget_exhausted").body("events", hasSize(2));
    }
  }

  @Test
  void outOfTheOrdinaryRoundsAreFound() {
    Api.put(federation, Api.configuration(50, 1e-5, 20)).statusCode(201);
    try (Internal internal = internal()) {
      for (int i = 0; i < 6; i++) {
        internal.commit(internal.reserved(federation), 20, 20);
      }
      spikes().body("events", hasSize(0));

      internal.commit(internal.reserved(federation), 20, 9);
      JsonPath few = spikes().body("events", hasSize(1)).extract().jsonPath();
      assertThat(few.getMap("events[0].details"))
          .containsEntry("rule", "cohort")
          .containsEntry("value", "9")
          .containsEntry("usual", "20");

      // Half the noise: twice the loss of a round on its own, and more of the budget.
      Api.put(federation, Api.configuration(50, 1e-5, 5)).statusCode(200);
      internal.commit(internal.reserved(federation), 20, 20);
      List<String> rules = spikes().extract().jsonPath().getList("events.details.rule");
      assertThat(rules).containsExactlyInAnyOrder("cohort", "epsilon_per_round", "epsilon_added");
      // A repeated commit finds nothing again.
      String again = internal.reserved(federation);
      internal.commit(again, 20, 20);
      int found = spikes().extract().jsonPath().getList("events").size();
      internal.commit(again, 20, 20);
      spikes().body("events", hasSize(found)).body("next_after", nullValue());
    }
    Api.as(Api.newKey(null, "read"))
        .get(Api.privacy(federation) + "/budget/spikes")
        .then()
        .statusCode(200);
  }
}
