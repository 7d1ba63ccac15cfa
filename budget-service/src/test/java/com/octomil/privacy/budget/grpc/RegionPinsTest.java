package com.octomil.privacy.budget.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.octomil.privacy.budget.test.Api;
import com.octomil.privacy.budget.test.BudgetResources;
import com.octomil.privacy.budget.test.Internal;
import com.octomil.privacy.kit.error.ErrorCode;
import com.octomil.privacy.kit.grpc.GrpcFailures;
import com.octomil.privacy.kit.test.EmbeddedPostgresResource;
import com.octomil.privacy.kit.test.ServiceTokenResource;
import com.octomil.privacy.proto.budget.v1.GetPrivacyConfigurationRequest;
import com.octomil.privacy.proto.budget.v1.ReserveRequest;
import com.octomil.privacy.proto.budget.v1.ReserveResponse;
import io.grpc.StatusRuntimeException;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.eclipse.microprofile.config.ConfigProvider;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@QuarkusTest
@QuarkusTestResource(EmbeddedPostgresResource.class)
@QuarkusTestResource(ServiceTokenResource.class)
@QuarkusTestResource(BudgetResources.class)
class RegionPinsTest {

  private static final String PINNED =
      """
      {"differential_privacy": {"enabled": true, "epsilon": 2, "delta": 1e-5, "noise_multiplier": 8,
        "max_grad_norm": 1.0},
       "secure_aggregation": {"enabled": true, "min_participating_clients": 10, "reconstruction_threshold": 0.6},
       "regions": ["eu", "uk"]}
      """;

  private Internal internal;
  private String federation;

  @BeforeEach
  void connect() {
    internal =
        new Internal(
            ConfigProvider.getConfig().getValue("quarkus.grpc.server.test-port", Integer.class));
    federation = Api.newName();
    Api.put(federation, PINNED).statusCode(201);
  }

  @AfterEach
  void disconnect() {
    internal.close();
  }

  private ReserveResponse reserve(String region) {
    return internal
        .ledger()
        .reserve(
            ReserveRequest.newBuilder()
                .setFederation(federation)
                .setRoundId(Internal.newRound())
                .setAttempt(1)
                .setRegion(region)
                .build());
  }

  private boolean configured(String region) {
    return internal
        .configurations()
        .getPrivacyConfiguration(
            GetPrivacyConfigurationRequest.newBuilder()
                .setFederation(federation)
                .setRegion(region)
                .build())
        .hasConfiguration();
  }

  private static void assertRefused(ErrorCode code, ThrowingCallable call) {
    assertThatExceptionOfType(StatusRuntimeException.class)
        .isThrownBy(call)
        .satisfies(failure -> assertThat(GrpcFailures.translate(failure).code()).isEqualTo(code));
  }

  @Test
  void onlyServicesOfTheRegionsReserveRounds() {
    assertRefused(ErrorCode.REGION_REFUSED, () -> reserve("us"));
    assertRefused(ErrorCode.REGION_REFUSED, () -> reserve(""));
    assertRefused(ErrorCode.INVALID_REQUEST, () -> reserve("E U"));
    assertThat(Api.get(federation).extract().jsonPath().getInt("version")).isOne();
    assertThat(reserve("eu").hasReserved()).isTrue();
    assertThat(reserve("uk").hasReserved()).isTrue();
  }

  @Test
  void onlyServicesOfTheRegionsReadTheConfiguration() {
    assertRefused(ErrorCode.REGION_REFUSED, () -> configured("us"));
    assertRefused(ErrorCode.REGION_REFUSED, () -> configured(""));
    assertThat(configured("eu")).isTrue();
  }

  @Test
  void aFederationWithoutPinsIsServedEverywhere() {
    Api.put(federation, PINNED.replace("[\"eu\", \"uk\"]", "[]")).statusCode(200);
    assertThat(reserve("us").hasReserved()).isTrue();
    assertThat(configured("")).isTrue();
  }
}
