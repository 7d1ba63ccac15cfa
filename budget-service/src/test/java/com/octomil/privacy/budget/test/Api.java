package com.octomil.privacy.budget.test;

import static io.restassured.RestAssured.given;

import io.restassured.http.ContentType;
import io.restassured.response.ValidatableResponse;
import io.restassured.specification.RequestSpecification;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Calls of the REST API as its clients make them. */
public final class Api {

  /** The body of the reference example, exactly. */
  public static final String EXAMPLE =
      """
      {"differential_privacy": {"enabled": true, "epsilon": 4.0, "delta": 1e-5,
              "noise_multiplier": 1.1, "max_grad_norm": 1.0},
             "secure_aggregation": {"enabled": true, "min_participating_clients": 10,
              "reconstruction_threshold": 0.6}}
      """;

  private Api() {}

  /** A federation name that no other test uses. */
  public static String newName() {
    return "f-" + UUID.randomUUID();
  }

  /** A request with an API key and a JSON body type. */
  public static RequestSpecification as(String key) {
    return given().header("Authorization", "Bearer " + key).contentType(ContentType.JSON);
  }

  /** A request as the administrator. */
  public static RequestSpecification admin() {
    return as(BudgetResources.ADMIN_KEY);
  }

  /** Path of a federation's privacy configuration. */
  public static String privacy(String federation) {
    return "/api/v1/federations/" + federation + "/privacy";
  }

  /** Puts a configuration as the administrator. */
  public static ValidatableResponse put(String federation, String body) {
    return admin().body(body).put(privacy(federation)).then();
  }

  /** Gets the configuration as the administrator. */
  public static ValidatableResponse get(String federation) {
    return admin().get(privacy(federation)).then();
  }

  /** Gets the budget as the administrator. */
  public static ValidatableResponse budget(String federation) {
    return admin().get(privacy(federation) + "/budget").then();
  }

  /** A configuration with the given budget and noise. */
  public static String configuration(double epsilon, double delta, double noiseMultiplier) {
    return String.format(
        Locale.ROOT,
        """
        {"differential_privacy": {"enabled": true, "epsilon": %s, "delta": %s, "noise_multiplier": %s,
          "max_grad_norm": 1.0},
         "secure_aggregation": {"enabled": true, "min_participating_clients": 10, "reconstruction_threshold": 0.6}}
        """,
        epsilon,
        delta,
        noiseMultiplier);
  }

  /** Makes an API key and returns its secret. */
  public static String newKey(@Nullable String federation, String... scopes) {
    String bound = federation == null ? "" : ", \"federation\": \"" + federation + "\"";
    String list = String.join(", ", List.of(scopes).stream().map(s -> '"' + s + '"').toList());
    return admin()
        .body("{\"name\": \"test\", \"scopes\": [" + list + "]" + bound + "}")
        .post("/api/v1/api-keys")
        .then()
        .statusCode(201)
        .extract()
        .path("key");
  }
}
