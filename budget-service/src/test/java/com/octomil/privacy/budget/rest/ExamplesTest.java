package com.octomil.privacy.budget.rest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.octomil.privacy.budget.test.Api;
import com.octomil.privacy.budget.test.BudgetResources;
import com.octomil.privacy.kit.test.EmbeddedPostgresResource;
import com.octomil.privacy.kit.test.ServiceTokenResource;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import java.io.IOException;
import java.net.URI;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/**
 * The call of the reference example as people type it: on the command line, from Python and from
 * JavaScript. A client that is not installed is reported as skipped with its name.
 */
@QuarkusTest
@TestProfile(CrossOriginTest.WithDashboard.class)
@QuarkusTestResource(EmbeddedPostgresResource.class)
@QuarkusTestResource(ServiceTokenResource.class)
@QuarkusTestResource(BudgetResources.class)
class ExamplesTest {

  private static final String CURL =
      """
      curl -X PUT http://HOST/api/v1/federations/health-risk-model/privacy \\
        -H "Authorization: Bearer edg_..." -H "Content-Type: application/json" \\
        -d '{"differential_privacy": {"enabled": true, "epsilon": 4.0, "delta": 1e-5,
              "noise_multiplier": 1.1, "max_grad_norm": 1.0},
             "secure_aggregation": {"enabled": true, "min_participating_clients": 10,
              "reconstruction_threshold": 0.6}}'
      """;

  private static final String REQUESTS =
      """
      import requests
      response = requests.put(
          "http://HOST/api/v1/federations/health-risk-model/privacy",
          headers={"Authorization": "Bearer edg_..."},
          json={"differential_privacy": {"enabled": True, "epsilon": 4.0, "delta": 1e-5,
                                         "noise_multiplier": 1.1, "max_grad_norm": 1.0},
                "secure_aggregation": {"enabled": True, "min_participating_clients": 10,
                                       "reconstruction_threshold": 0.6}})
      response.raise_for_status()
      print(response.status_code, response.json()["differential_privacy"]["epsilon"])
      """;

  private static final String URLLIB =
      """
      import json, urllib.request
      request = urllib.request.Request(
          "http://HOST/api/v1/federations/health-risk-model/privacy", method="PUT",
          headers={"Authorization": "Bearer edg_...", "Content-Type": "application/json"},
          data=json.dumps({"differential_privacy": {"enabled": True, "epsilon": 4.0, "delta": 1e-5,
                                                    "noise_multiplier": 1.1, "max_grad_norm": 1.0},
                           "secure_aggregation": {"enabled": True, "min_participating_clients": 10,
                                                  "reconstruction_threshold": 0.6}}).encode())
      with urllib.request.urlopen(request) as response:
          print(response.status, json.load(response)["differential_privacy"]["epsilon"])
      """;

  /** What a browser on another origin does: it asks first, and reads only what it may. */
  private static final String FETCH =
      """
      const url = "http://HOST/api/v1/federations/health-risk-model/privacy";
      const origin = "https://dashboard.example";
      const asked = await fetch(url, { method: "OPTIONS", headers: { Origin: origin,
        "Access-Control-Request-Method": "PUT",
        "Access-Control-Request-Headers": "authorization,content-type" } });
      if (!asked.ok || asked.headers.get("access-control-allow-origin") !== origin
          || !asked.headers.get("access-control-allow-methods").includes("PUT")
          || !asked.headers.get("access-control-allow-headers").includes("authorization")) {
        throw new Error("the browser would not send the request: " + asked.status);
      }
      const response = await fetch(url, {
        method: "PUT",
        headers: { Authorization: "Bearer edg_...", "Content-Type": "application/json", Origin: origin },
        body: JSON.stringify({
          differential_privacy: { enabled: true, epsilon: 4.0, delta: 1e-5, noise_multiplier: 1.1, max_grad_norm: 1.0 },
          secure_aggregation: { enabled: true, min_participating_clients: 10, reconstruction_threshold: 0.6 },
        }),
      });
      if (response.headers.get("access-control-allow-origin") !== origin) {
        throw new Error("the browser would not show the answer");
      }
      const privacy = await response.json();
      console.log(response.status, privacy.differential_privacy.epsilon, response.headers.get("etag"));
      """;

  @TestHTTPResource("/")
  URI root;

  private final String federation = Api.newName();

  private record Result(int exit, String output) {}

  private String filled(String example) {
    return example
        .replace("HOST", root.getAuthority())
        .replace("health-risk-model", federation)
        .replace("edg_...", BudgetResources.ADMIN_KEY);
  }

  private static Result run(String... command) throws Exception {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output =
        new String(
            process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    return new Result(process.exitValue(), output);
  }

  private static void assume(String... command) throws Exception {
    boolean there;
    try {
      there = run(command).exit() == 0;
    } catch (IOException e) {
      there = false;
    }
    assumeTrue(there, "not installed here: " + String.join(" ", List.of(command)));
  }

  @Test
  void curl() throws Exception {
    assume("curl", "--version");
    Result result =
        run("sh", "-c", filled(CURL).replace("curl -X", "curl -sS -w '%{http_code}' -X"));
    assertThat(result.exit()).as(result.output()).isZero();
    assertThat(result.output()).endsWith("201").contains("\"epsilon\":4.0");
  }

  @Test
  void pythonRequests() throws Exception {
    assume("python3", "-c", "import requests");
    Result result = run("python3", "-c", filled(REQUESTS));
    assertThat(result.exit()).as(result.output()).isZero();
    assertThat(result.output()).isEqualTo("201 4.0\n");
  }

  @Test
  void pythonAlone() throws Exception {
    assume("python3", "--version");
    Result result = run("python3", "-c", filled(URLLIB));
    assertThat(result.exit()).as(result.output()).isZero();
    assertThat(result.output()).isEqualTo("201 4.0\n");
  }

  @Test
  void javaScriptFetch() throws Exception {
    assume("node", "-e", "if (!globalThis.fetch) process.exit(1)");
    Result result = run("node", "--input-type=module", "-e", filled(FETCH));
    assertThat(result.exit()).as(result.output()).isZero();
    // JSON numbers have no trailing zeros in JavaScript.
    assertThat(result.output()).isEqualTo("201 4 \"1.1\"\n");
  }
}
