package com.octomil.privacy.budget.rest;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.octomil.privacy.budget.test.Api;
import com.octomil.privacy.budget.test.BudgetResources;
import com.octomil.privacy.kit.error.ErrorCode;
import com.octomil.privacy.kit.test.EmbeddedPostgresResource;
import com.octomil.privacy.kit.test.ServiceTokenResource;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The OpenAPI document says everything a client needs, and nothing that is not so. */
@QuarkusTest
@QuarkusTestResource(EmbeddedPostgresResource.class)
@QuarkusTestResource(ServiceTokenResource.class)
@QuarkusTestResource(BudgetResources.class)
class OpenApiTest {

  private record Operation(String path, String method, JsonNode node) {
    @Override
    public String toString() {
      return method + " " + path;
    }
  }

  private static JsonNode document() throws Exception {
    return new ObjectMapper()
        .readTree(
            given().get("/q/openapi?format=json").then().statusCode(200).extract().asString());
  }

  private static List<Operation> operations(JsonNode document) {
    List<Operation> operations = new ArrayList<>();
    document
        .path("paths")
        .fields()
        .forEachRemaining(path ->
            path.getValue()
                .fields()
                .forEachRemaining(method -> {
                  if (Set.of("get", "put", "post", "patch", "delete").contains(method.getKey())) {
                    operations.add(
                        new Operation(path.getKey(), method.getKey(), method.getValue()));
                  }
                }));
    return operations;
  }

  @Test
  void everyOperationIsComplete() throws Exception {
    List<Operation> operations = operations(document());
    assertThat(operations).hasSize(39);
    for (Operation operation : operations) {
      JsonNode node = operation.node();
      assertThat(node.path("operationId").asText()).as("%s", operation).isNotEmpty();
      assertThat(node.path("summary").asText()).as("%s", operation).endsWith(".");
      assertThat(node.path("tags")).as("%s", operation).isNotEmpty();
      List<String> statuses = new ArrayList<>();
      node.path("responses").fieldNames().forEachRemaining(statuses::add);
      assertThat(statuses).as("%s", operation).contains("500", "503");
      if (operation.path().equals("/api/v1/audit/keys")) {
        assertThat(node.path("security").isEmpty()).isTrue();
        assertThat(statuses).doesNotContain("401", "403");
      } else {
        assertThat(node.at("/security/0/api_key/0").asText())
            .as("%s", operation)
            .isIn("read", "operator", "auditor", "admin");
        assertThat(statuses).as("%s", operation).contains("401", "403", "429");
      }
      List<String> good = statuses.stream().filter(status -> status.startsWith("2")).toList();
      assertThat(good).as("%s", operation).isNotEmpty();
      for (String status : good) {
        JsonNode content = node.path("responses").path(status).path("content");
        if (!content.isEmpty() && !content.has("application/json")) {
          // Exports and archives.
          assertThat(content.fieldNames().next())
              .isIn("application/jsonl", "text/csv", "application/zip");
          continue;
        }
        JsonNode json =
            node.path("responses").path(status).path("content").path("application/json");
        assertThat(json.path("schema").has("$ref")).as("%s %s", operation, status).isTrue();
        assertThat(json.path("example").isObject()).as("%s %s", operation, status).isTrue();
      }
      if (node.has("requestBody")) {
        assertThat(statuses).as("%s", operation).contains("400", "415");
        node.path("requestBody")
            .path("content")
            .forEach(content ->
                assertThat(content.path("example").isObject()).as("%s", operation).isTrue());
      }
      for (JsonNode parameter : node.path("parameters")) {
        assertThat(parameter.path("description").asText())
            .as("%s %s", operation, parameter)
            .isNotEmpty();
      }
    }
    assertThat(operations.stream().map(o -> o.node().path("operationId").asText()))
        .doesNotHaveDuplicates();
  }

  @Test
  void nothingIsNamedThatIsNotThere() throws Exception {
    JsonNode document = document();
    List<String> references = new ArrayList<>();
    for (JsonNode reference : document.findValues("$ref")) {
      references.add(reference.asText());
    }
    assertThat(references).isNotEmpty();
    for (String reference : references) {
      assertThat(reference).startsWith("#/");
      assertThat(document.at(reference.substring(1)).isMissingNode()).as(reference).isFalse();
    }
    document
        .path("components")
        .path("schemas")
        .fields()
        .forEachRemaining(schema -> {
          assertThat(schema.getValue().has("type") || schema.getValue().has("enum"))
              .as("%s", schema)
              .isTrue();
          schema
              .getValue()
              .path("properties")
              .fieldNames()
              .forEachRemaining(field -> assertThat(field).matches("[a-z0-9_]+"));
        });
  }

  @Test
  void everyProblemIsOneOfOurs() throws Exception {
    Set<String> known =
        Arrays.stream(ErrorCode.values())
            .map(code -> "urn:octomil:problem:" + code.id())
            .collect(Collectors.toSet());
    document()
        .path("components")
        .path("responses")
        .fields()
        .forEachRemaining(response -> {
          JsonNode example =
              response.getValue().path("content").path("application/problem+json").path("example");
          assertThat(known).as(response.getKey()).contains(example.path("type").asText());
          ErrorCode code =
              Arrays.stream(ErrorCode.values())
                  .filter(c -> example.path("type").asText().endsWith(":" + c.id()))
                  .findFirst()
                  .orElseThrow();
          assertThat(example.path("status").asInt()).isEqualTo(code.httpStatus());
          assertThat(example.path("title").asText()).isEqualTo(code.title());
          assertThat(response.getValue().path("description").asText())
              .startsWith(example.path("type").asText());
        });
  }

  @Test
  void theExamplesOfBodiesAreAccepted() throws Exception {
    for (Operation operation : operations(document())) {
      JsonNode content = operation.node().path("requestBody").path("content");
      if (content.isMissingNode()) {
        continue;
      }
      String type = content.fieldNames().next();
      String federation = Api.newName();
      String id = "";
      if (!operation.path().equals("/api/v1/federations")) {
        Api.put(federation, Api.EXAMPLE).statusCode(201);
      }
      if (operation.path().contains("{id}")) {
        id =
            Api.admin()
                .body("{\"name\": \"x\", \"scopes\": [\"read\"]}")
                .post("/api/v1/api-keys")
                .then()
                .extract()
                .path("id");
      }
      String body =
          content.path(type).path("example").toString().replace("health-risk-model", federation);
      Api.admin()
          .contentType(type)
          .body(body)
          .request(
              operation.method().toUpperCase(java.util.Locale.ROOT),
              operation.path().replace("{federation}", federation).replace("{id}", id))
          .then()
          .statusCode(org.hamcrest.Matchers.oneOf(200, 201));
    }
  }
}
