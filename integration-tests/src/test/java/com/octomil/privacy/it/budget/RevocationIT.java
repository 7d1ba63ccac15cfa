package com.octomil.privacy.it.budget;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.octomil.privacy.cli.stack.Endpoints;
import com.octomil.privacy.it.Services;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A key that is revoked or rotated at the budget service ends at the other services within seconds.
 */
@Timeout(600)
class RevocationIT {

  private static final Duration SECONDS = Duration.ofSeconds(30);

  private final Endpoints endpoints = Services.stack().endpoints();

  private HttpResponse<String> call(String method, String url, String key, String body)
      throws Exception {
    try (HttpClient http = HttpClient.newHttpClient()) {
      return http.send(
          HttpRequest.newBuilder(URI.create(url))
              .header("Authorization", "Bearer " + key)
              .header("Content-Type", "application/json")
              .method(
                  method,
                  body.isEmpty()
                      ? HttpRequest.BodyPublishers.noBody()
                      : HttpRequest.BodyPublishers.ofString(body))
              .build(),
          HttpResponse.BodyHandlers.ofString());
    }
  }

  private JsonNode atBudget(String method, String path, String body) throws Exception {
    HttpResponse<String> response =
        call(method, endpoints.budgetUrl() + path, endpoints.apiKey(), body);
    assertThat(response.statusCode()).as(response.body()).isIn(200, 201);
    return new ObjectMapper().readTree(response.body());
  }

  private JsonNode newKey() throws Exception {
    return atBudget("POST", "/api/v1/api-keys", "{\"name\": \"robot\", \"scopes\": [\"read\"]}");
  }

  /** Resources of the other two services that a reader may ask for. */
  private List<String> elsewhere() {
    return List.of(
        endpoints.relayUrl() + "/api/v1/federations/nobody/devices",
        endpoints.aggregatorUrl() + "/api/v1/federations/nobody/models/none");
  }

  private void assertAccepted(String key) throws Exception {
    for (String url : elsewhere()) {
      // What is asked for may not exist; the key does.
      assertThat(call("GET", url, key, "").statusCode()).as(url).isIn(200, 404);
    }
  }

  private void awaitRefused(String key) throws Exception {
    for (String url : elsewhere()) {
      long deadline = System.nanoTime() + SECONDS.toNanos();
      int status = call("GET", url, key, "").statusCode();
      while (status != 401) {
        assertThat(status).as(url).isIn(200, 404);
        assertThat(System.nanoTime() - deadline).as("%s still accepts the key", url).isNegative();
        LockSupport.parkNanos(Duration.ofMillis(200).toNanos());
        status = call("GET", url, key, "").statusCode();
      }
    }
  }

  @Test
  void aRevokedKeyEndsEverywhere() throws Exception {
    JsonNode made = newKey();
    String key = made.path("key").asText();
    assertAccepted(key);
    atBudget("DELETE", "/api/v1/api-keys/" + made.path("id").asText(), "");
    awaitRefused(key);
  }

  @Test
  void aRotatedKeyGoesOnWithItsNewSecretOnly() throws Exception {
    JsonNode made = newKey();
    String old = made.path("key").asText();
    assertAccepted(old);
    JsonNode rotated =
        atBudget("POST", "/api/v1/api-keys/" + made.path("id").asText() + "/rotate", "{}");
    assertAccepted(rotated.path("key").asText());
    awaitRefused(old);
    assertAccepted(rotated.path("key").asText());
  }
}
