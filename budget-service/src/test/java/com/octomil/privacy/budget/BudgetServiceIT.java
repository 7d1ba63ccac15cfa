package com.octomil.privacy.budget;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasSize;

import com.octomil.privacy.budget.test.BudgetResources;
import com.octomil.privacy.kit.test.EmbeddedPostgresResource;
import com.octomil.privacy.kit.test.PackagedServiceResource;
import com.octomil.privacy.kit.test.ServiceTokenResource;
import com.octomil.privacy.proto.budget.v1.ApiKeysGrpc;
import com.octomil.privacy.proto.budget.v1.ApiKeysGrpc.ApiKeysBlockingStub;
import com.octomil.privacy.proto.budget.v1.VerifyApiKeyRequest;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.MetadataUtils;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusIntegrationTest;
import io.restassured.specification.RequestSpecification;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The budget service as it is shipped, on a JVM or as a native image. */
@QuarkusIntegrationTest
@QuarkusTestResource(EmbeddedPostgresResource.class)
@QuarkusTestResource(ServiceTokenResource.class)
@QuarkusTestResource(BudgetResources.class)
@QuarkusTestResource(PackagedServiceResource.class)
class BudgetServiceIT {

  private static final String PRIVACY =
      """
      {"differential_privacy": {"enabled": true, "epsilon": 4.0, "delta": 1e-5,
        "noise_multiplier": 1.1, "max_grad_norm": 1.0},
       "secure_aggregation": {"enabled": true, "min_participating_clients": 10,
        "reconstruction_threshold": 0.6}}
      """;

  private static RequestSpecification administrator() {
    return given()
        .header("Authorization", "Bearer " + BudgetResources.ADMIN_KEY)
        .contentType("application/json");
  }

  @Test
  void theAuditLogIsKeptSignedAndExported() {
    String federation = "/api/v1/federations/audited";
    administrator().body(PRIVACY).put(federation + "/privacy").then().statusCode(201);
    administrator().post(federation + "/dpia-bundles").then().statusCode(201);
    administrator()
        .get(federation + "/audit/verification")
        .then()
        .statusCode(200)
        .body("intact", equalTo(true));
    administrator()
        .get(federation + "/audit/export")
        .then()
        .statusCode(200)
        .body(containsString("configuration.changed"))
        .body(containsString("\"signature\""));
    administrator()
        .get(federation + "/audit/entries?type=dpia.generated")
        .then()
        .statusCode(200)
        .body("entries[0].entry.type", equalTo("dpia.generated"));
    administrator().get(federation + "/compliance").then().statusCode(200);
  }

  @Test
  void migratesAndIsReady() {
    given().get(PackagedServiceResource.management() + "/q/health/ready").then().statusCode(200);
    given()
        .get(PackagedServiceResource.management() + "/q/metrics")
        .then()
        .statusCode(200)
        .body(containsString("jvm_memory_used_bytes"));
    given()
        .get("/q/openapi?format=json")
        .then()
        .statusCode(200)
        .body("openapi", containsString("3."));
  }

  @Test
  void keepsConfigurationAndBudget() {
    String federation = "/api/v1/federations/packaged/privacy";
    administrator()
        .body(PRIVACY)
        .put(federation)
        .then()
        .statusCode(201)
        .body("differential_privacy.epsilon", equalTo(4.0f));
    administrator()
        .get(federation + "/budget")
        .then()
        .statusCode(200)
        .body("epsilon_remaining", equalTo(4))
        .body("budget_exhausted", equalTo(false));
    administrator()
        .body(PRIVACY.replace("4.0", "-1"))
        .put(federation)
        .then()
        .statusCode(422)
        .contentType("application/problem+json")
        .body(containsString("epsilon"));
  }

  @Test
  void servesTheDashboard() {
    for (String file :
        List.of("", "main.js", "pages/audit.js", "styles.css", "lib/uplot/uPlot.esm.js")) {
      String tag =
          given()
              .get("/dashboard/" + file)
              .then()
              .statusCode(200)
              .header("Content-Security-Policy", containsString("default-src 'none'"))
              .extract()
              .header("ETag");
      assertThat(tag).as(file).isNotNull();
      given().header("If-None-Match", tag).get("/dashboard/" + file).then().statusCode(304);
    }
    given()
        .get("/dashboard/config.json")
        .then()
        .statusCode(200)
        .body("aggregator_urls", hasSize(0));
    administrator()
        .body(PRIVACY)
        .post("/api/v1/federations/foretold/privacy/preview")
        .then()
        .statusCode(200)
        .body("meaning.rounds_affordable", equalTo(1));
    administrator()
        .get("/api/v1/api-keys/own")
        .then()
        .statusCode(200)
        .body("scopes[0]", equalTo("admin"));
  }

  @Test
  void servesTheOtherServicesOverGrpc() throws InterruptedException {
    ManagedChannel channel =
        Grpc.newChannelBuilderForAddress(
                "127.0.0.1",
                PackagedServiceResource.grpcPort(),
                InsecureChannelCredentials.create())
            .build();
    try {
      ApiKeysBlockingStub keys =
          ApiKeysGrpc.newBlockingStub(channel).withDeadlineAfter(30, TimeUnit.SECONDS);
      VerifyApiKeyRequest request =
          VerifyApiKeyRequest.newBuilder().setApiKey(BudgetResources.ADMIN_KEY).build();
      assertThatThrownBy(() -> keys.verifyApiKey(request))
          .isInstanceOfSatisfying(
              StatusRuntimeException.class,
              e -> assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.UNAUTHENTICATED));
      Metadata token = new Metadata();
      token.put(
          Metadata.Key.of("x-octomil-service-token", Metadata.ASCII_STRING_MARSHALLER),
          ServiceTokenResource.TOKEN);
      assertThat(
              keys.withInterceptors(MetadataUtils.newAttachHeadersInterceptor(token))
                  .verifyApiKey(request)
                  .hasIdentity())
          .isTrue();
    } finally {
      channel.shutdownNow().awaitTermination(10, TimeUnit.SECONDS);
    }
  }
}
