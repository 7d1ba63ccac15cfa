package com.octomil.privacy.relay;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.hamcrest.Matchers.equalTo;

import com.google.protobuf.ByteString;
import com.octomil.privacy.kit.test.EmbeddedPostgresResource;
import com.octomil.privacy.kit.test.PackagedServiceResource;
import com.octomil.privacy.kit.test.ServiceTokenResource;
import com.octomil.privacy.proto.secagg.v1.CheckInRequest;
import com.octomil.privacy.relay.testing.PeersResource;
import com.octomil.privacy.relay.testing.Relay;
import com.octomil.privacy.relay.testing.TestDevice;
import com.octomil.privacy.secagg.keyagreement.SigningKeyPair;
import io.grpc.StatusRuntimeException;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusIntegrationTest;
import java.security.SecureRandom;
import org.junit.jupiter.api.Test;

/** The relay as it is shipped, on a JVM or as a native image. */
@QuarkusIntegrationTest
@QuarkusTestResource(EmbeddedPostgresResource.class)
@QuarkusTestResource(ServiceTokenResource.class)
@QuarkusTestResource(PeersResource.class)
@QuarkusTestResource(PackagedServiceResource.class)
class RelayServiceIT {

  @Test
  void migratesAndIsReady() {
    given()
        .get(PackagedServiceResource.management() + "/q/health/ready")
        .then()
        .statusCode(200)
        .body(
            "checks.find { it.name == 'budget service answers' }.data.budget", equalTo("answers"));
  }

  @Test
  void enrolsADeviceAndAnswersIt() {
    try (Relay relay = new Relay(PackagedServiceResource.grpcPort())) {
      SigningKeyPair key = SigningKeyPair.generate(new SecureRandom());
      TestDevice device =
          TestDevice.enroll(
              relay, relay.codes("packaged", 1).getFirst(), key, PeersResource.REGION);
      assertThat(device.enrolled().getDeviceToken()).startsWith("odt_");

      CheckInRequest.Builder request =
          CheckInRequest.newBuilder().setRoundPublicKey(ByteString.copyFrom(key.publicKey()));
      assertThat(
              relay
                  .devices()
                  .checkIn(request.setDeviceToken(device.enrolled().getDeviceToken()).build())
                  .hasNoRound())
          .isTrue();
      assertThatThrownBy(
              () -> relay.devices().checkIn(request.setDeviceToken("odt_unknown").build()))
          .isInstanceOf(StatusRuntimeException.class);
    }
  }
}
