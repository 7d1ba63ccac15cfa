package com.octomil.privacy.aggregator;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.hamcrest.Matchers.containsString;

import com.octomil.privacy.kit.test.EmbeddedPostgresResource;
import com.octomil.privacy.kit.test.PackagedServiceResource;
import com.octomil.privacy.kit.test.ServiceTokenResource;
import com.octomil.privacy.proto.aggregator.v1.DeviceAggregatorGrpc;
import com.octomil.privacy.proto.aggregator.v1.GetModelRequest;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusIntegrationTest;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/**
 * The aggregator as it is shipped, on a JVM or as a native image, without its peers. Rounds of the
 * shipped services are in the module integration-tests.
 */
@QuarkusIntegrationTest
@QuarkusTestResource(EmbeddedPostgresResource.class)
@QuarkusTestResource(ServiceTokenResource.class)
@QuarkusTestResource(PackagedServiceResource.class)
class AggregatorServiceIT {

  @Test
  void livesButIsNotReadyWithoutItsPeers() {
    String management = PackagedServiceResource.management();
    given().get(management + "/q/health/live").then().statusCode(200);
    given()
        .get(management + "/q/health/ready")
        .then()
        .statusCode(503)
        .body(containsString("budget"));
    given()
        .get(management + "/q/metrics")
        .then()
        .statusCode(200)
        .body(containsString("octomil_aggregator_aes_bytes_per_second"));
  }

  @Test
  void doesNotTrustAKeyThatNobodyCanVerify() {
    given()
        .header("Authorization", "Bearer edg_" + "a".repeat(43))
        .get("/api/v1/federations/packaged/models/m")
        .then()
        .statusCode(503)
        .contentType("application/problem+json");
    given().get("/api/v1/federations/packaged/models/m").then().statusCode(401);
  }

  @Test
  void refusesDevicesWithoutATicket() throws InterruptedException {
    ManagedChannel channel =
        Grpc.newChannelBuilderForAddress(
                "127.0.0.1",
                PackagedServiceResource.grpcPort(),
                InsecureChannelCredentials.create())
            .build();
    try {
      assertThatThrownBy(() ->
              DeviceAggregatorGrpc.newBlockingStub(channel)
                  .withDeadlineAfter(30, TimeUnit.SECONDS)
                  .getModel(GetModelRequest.getDefaultInstance())
                  .hasNext())
          .isInstanceOfSatisfying(
              StatusRuntimeException.class,
              e ->
                  assertThat(e.getStatus().getCode())
                      .isIn(Status.Code.INVALID_ARGUMENT, Status.Code.UNAUTHENTICATED));
    } finally {
      channel.shutdownNow().awaitTermination(10, TimeUnit.SECONDS);
    }
  }
}
