package com.octomil.privacy.budget.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.notNullValue;
import static org.hamcrest.Matchers.nullValue;

import com.google.protobuf.ByteString;
import com.octomil.privacy.budget.test.Api;
import com.octomil.privacy.budget.test.BudgetResources;
import com.octomil.privacy.budget.test.Internal;
import com.octomil.privacy.kit.error.ErrorCode;
import com.octomil.privacy.kit.grpc.GrpcFailures;
import com.octomil.privacy.kit.test.EmbeddedPostgresResource;
import com.octomil.privacy.kit.test.ServiceTokenResource;
import com.octomil.privacy.proto.budget.v1.Adjacency;
import com.octomil.privacy.proto.budget.v1.ApiKeyIdentity;
import com.octomil.privacy.proto.budget.v1.BudgetExhausted;
import com.octomil.privacy.proto.budget.v1.CommitRequest;
import com.octomil.privacy.proto.budget.v1.GetPrivacyConfigurationRequest;
import com.octomil.privacy.proto.budget.v1.PrivacyConfiguration;
import com.octomil.privacy.proto.budget.v1.ReleaseRequest;
import com.octomil.privacy.proto.budget.v1.ReserveResponse;
import com.octomil.privacy.proto.budget.v1.Reserved;
import com.octomil.privacy.proto.budget.v1.Scope;
import com.octomil.privacy.proto.budget.v1.VerifyApiKeyRequest;
import com.octomil.privacy.proto.budget.v1.VerifyApiKeyResponse;
import com.octomil.privacy.proto.secagg.v1.AdversaryModel;
import com.octomil.privacy.proto.secagg.v1.NoisePlacement;
import io.grpc.StatusRuntimeException;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.eclipse.microprofile.config.ConfigProvider;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@QuarkusTest
@QuarkusTestResource(EmbeddedPostgresResource.class)
@QuarkusTestResource(ServiceTokenResource.class)
@QuarkusTestResource(BudgetResources.class)
class LedgerApiTest {

  private static final String OFF =
      "{\"differential_privacy\": {\"enabled\": false}, \"secure_aggregation\": {\"enabled\": false}}";

  private Internal internal;
  private String federation;

  @BeforeEach
  void connect() {
    internal =
        new Internal(
            ConfigProvider.getConfig().getValue("quarkus.grpc.server.test-port", Integer.class));
    federation = Api.newName();
  }

  @AfterEach
  void disconnect() {
    internal.close();
  }

  private static void assertRefused(ErrorCode code, String detail, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            StatusRuntimeException.class,
            e -> {
              assertThat(GrpcFailures.translate(e).code()).isEqualTo(code);
              assertThat(GrpcFailures.translate(e).detail()).contains(detail);
            });
  }

  @Test
  void aRoundIsReservedThenCommitted() {
    Api.put(federation, Api.EXAMPLE).statusCode(201);
    ByteString round = Internal.newRound();

    Reserved reserved = internal.reserve(federation, round, 1).getReserved();

    assertThat(reserved.getEpsilonAfter()).isEqualTo("3.921250253");
    PrivacyConfiguration configuration = reserved.getConfiguration();
    assertThat(configuration.getFederation()).isEqualTo(federation);
    assertThat(configuration.getVersion()).isEqualTo(1);
    assertThat(configuration.getDifferentialPrivacy().getEpsilon()).isEqualTo(4.0);
    assertThat(configuration.getDifferentialPrivacy().getDelta()).isEqualTo(1e-5);
    assertThat(configuration.getDifferentialPrivacy().getNoiseMultiplier()).isEqualTo(1.1);
    assertThat(configuration.getDifferentialPrivacy().getAdjacency())
        .isEqualTo(Adjacency.ADJACENCY_ADD_REMOVE);
    assertThat(configuration.getDifferentialPrivacy().getNoisePlacement())
        .isEqualTo(NoisePlacement.NOISE_PLACEMENT_SERVER);
    assertThat(configuration.getSecureAggregation().getMinParticipatingClients()).isEqualTo(10);
    assertThat(configuration.getSecureAggregation().getReconstructionThreshold()).isEqualTo(0.6);
    assertThat(configuration.getSecureAggregation().getAdversary())
        .isEqualTo(AdversaryModel.ADVERSARY_MODEL_SEMI_MALICIOUS);
    assertThat(configuration.getSecureAggregation().getDropoutFraction()).isEqualTo(0.35);
    assertThat(configuration.getSecureAggregation().getCorruptFraction()).isEqualTo(0.05);
    assertThat(configuration.getSecureAggregation().getSecurityBits()).isEqualTo(40);
    assertThat(configuration.getSecureAggregation().getCorrectnessBits()).isEqualTo(20);
    assertThat(configuration.getExpectedCohort()).isEqualTo(20);
    assertThat(configuration.getMaxGradNorm()).isEqualTo(1.0);
    assertThat(configuration.getQuantizationBits()).isEqualTo(16);

    // Unresolved: counts as spent, and there is no room for another.
    Api.budget(federation)
        .body("epsilon_spent", equalTo(0))
        .body("epsilon_reserved", equalTo(3.921250253f))
        .body("epsilon_remaining", equalTo(0.078749747f))
        .body("rounds_completed", equalTo(0))
        .body("rounds_reserved", equalTo(1))
        .body("rounds_affordable", equalTo(0))
        .body("budget_exhausted", equalTo(true));

    assertThat(internal.commit(reserved.getReservationId(), 20, 18)).isEqualTo("3.921250253");

    Api.budget(federation)
        .body("epsilon_spent", equalTo(3.921250253f))
        .body("epsilon_reserved", equalTo(0))
        .body("epsilon_remaining", equalTo(0.078749747f))
        .body("rounds_completed", equalTo(1))
        .body("rounds_reserved", equalTo(0))
        .body("budget_exhausted", equalTo(true))
        .body("guarantee", containsString("epsilon 3.921250253"));

    BudgetExhausted exhausted = internal.reserve(federation, Internal.newRound(), 1).getExhausted();
    assertThat(exhausted.getEpsilonBudget()).isEqualTo("4");
    assertThat(exhausted.getEpsilonSpent()).isEqualTo("3.921250253");
    assertThat(new BigDecimal(exhausted.getEpsilonRequired())).isGreaterThan(new BigDecimal(4));
  }

  @Test
  void theHistoryShowsEveryRound() {
    Api.put(federation, Api.configuration(4, 1e-5, 10)).statusCode(201);
    String first = internal.reserved(federation);
    String second = internal.reserved(federation);
    internal.reserved(federation);
    internal.commit(first, 20, 17);
    internal.release(second);

    Api.admin()
        .get(Api.privacy(federation) + "/budget/rounds")
        .then()
        .statusCode(200)
        .body("version", equalTo(1))
        .body("rounds", hasSize(3))
        .body("rounds[0].state", equalTo("committed"))
        .body("rounds[0].cohort", equalTo(20))
        .body("rounds[0].survivors", equalTo(17))
        .body("rounds[0].epsilon_spent", notNullValue())
        .body("rounds[0].epsilon_added", notNullValue())
        .body("rounds[0].noise_multiplier", equalTo(10.0f))
        .body("rounds[0].configuration", equalTo(1))
        .body("rounds[0].resolved_at", notNullValue())
        .body("rounds[1].state", equalTo("released"))
        .body("rounds[1].release_reason", equalTo("TOO_FEW_DEVICES"))
        .body("rounds[1].release_detail", equalTo("3 of 10 devices came"))
        .body("rounds[1].epsilon_spent", nullValue())
        .body("rounds[2].state", equalTo("reserved"))
        .body("rounds[2].resolved_at", nullValue())
        .body("next_after", nullValue());

    long after =
        Api.admin()
            .get(Api.privacy(federation) + "/budget/rounds?limit=2")
            .then()
            .statusCode(200)
            .body("rounds", hasSize(2))
            .extract()
            .jsonPath()
            .getLong("next_after");
    Api.admin()
        .get(Api.privacy(federation) + "/budget/rounds?version=1&limit=2&after=" + after)
        .then()
        .statusCode(200)
        .body("rounds", hasSize(1))
        .body("rounds[0].state", equalTo("reserved"));
    for (String bad : List.of("limit=0", "limit=1001", "version=2", "after=-1")) {
      Api.admin()
          .get(Api.privacy(federation) + "/budget/rounds?" + bad)
          .then()
          .statusCode(422)
          .body("errors[0].field", equalTo(bad.substring(0, bad.indexOf('='))));
    }
    Api.admin()
        .get(Api.privacy(federation) + "/budget/rounds?limit=many")
        .then()
        .statusCode(400)
        .body("errors[0].field", equalTo("limit"));
  }

  @Test
  void everyCallMayBeRepeated() {
    Api.put(federation, Api.configuration(4, 1e-5, 10)).statusCode(201);
    ByteString round = Internal.newRound();

    ReserveResponse reserved = internal.reserve(federation, round, 1);
    assertThat(internal.reserve(federation, round, 1)).isEqualTo(reserved);
    Api.budget(federation).body("rounds_reserved", equalTo(1));

    String id = reserved.getReserved().getReservationId();
    String spent = internal.commit(id, 20, 18);
    assertThat(internal.commit(id, 20, 18)).isEqualTo(spent);
    Api.budget(federation).body("rounds_completed", equalTo(1)).body("rounds_reserved", equalTo(0));

    String other = internal.reserved(federation);
    assertThat(internal.release(other)).isEqualTo(spent);
    assertThat(internal.release(other)).isEqualTo(spent);
    Api.budget(federation).body("rounds_completed", equalTo(1)).body("rounds_reserved", equalTo(0));
  }

  @Test
  void aRepeatedReservationKeepsTheConfigurationItWasComputedFrom() {
    Api.put(federation, Api.configuration(4, 1e-5, 10)).statusCode(201);
    ByteString round = Internal.newRound();
    Reserved before = internal.reserve(federation, round, 1).getReserved();
    Api.put(federation, Api.configuration(4, 1e-5, 20)).statusCode(200);

    assertThat(internal.reserve(federation, round, 1).getReserved()).isEqualTo(before);
    Reserved next = internal.reserve(federation, round, 2).getReserved();
    assertThat(next.getReservationId()).isNotEqualTo(before.getReservationId());
    assertThat(next.getConfiguration().getDifferentialPrivacy().getNoiseMultiplier()).isEqualTo(20);
  }

  @Test
  void aReservationIsResolvedOnce() {
    Api.put(federation, Api.configuration(4, 1e-5, 10)).statusCode(201);
    ByteString round = Internal.newRound();
    String committed = internal.reserve(federation, round, 1).getReserved().getReservationId();
    internal.commit(committed, 20, 18);
    assertRefused(ErrorCode.CONFLICT, "committed", () -> internal.release(committed));
    assertRefused(ErrorCode.CONFLICT, "new attempt", () -> internal.reserve(federation, round, 1));

    String released = internal.reserve(federation, round, 2).getReserved().getReservationId();
    internal.release(released);
    assertRefused(ErrorCode.CONFLICT, "released", () -> internal.commit(released, 20, 18));
    assertRefused(
        ErrorCode.CONFLICT, "cannot begin again", () -> internal.reserve(federation, round, 2));
    Api.budget(federation).body("rounds_completed", equalTo(1)).body("rounds_reserved", equalTo(0));
  }

  @Test
  void releasedBudgetCanBeReservedAgain() {
    Api.put(federation, Api.EXAMPLE).statusCode(201);
    String reservation = internal.reserved(federation);
    assertThat(internal.reserve(federation, Internal.newRound(), 1).hasExhausted()).isTrue();
    assertThat(internal.release(reservation)).isEqualTo("0");
    internal.reserved(federation);
  }

  @Test
  void unknownFederationsAndReservationsAreTold() {
    assertThat(internal.reserve(federation, Internal.newRound(), 1).hasFederationUnknown())
        .isTrue();
    Api.admin()
        .body("{\"name\": \"" + federation + "\"}")
        .post("/api/v1/federations")
        .then()
        .statusCode(201);
    // Exists, but is not configured.
    assertThat(internal.reserve(federation, Internal.newRound(), 1).hasFederationUnknown())
        .isTrue();
    assertThat(
            internal
                .configurations()
                .getPrivacyConfiguration(
                    GetPrivacyConfigurationRequest.newBuilder().setFederation(federation).build())
                .hasFederationUnknown())
        .isTrue();
    String unknown = UUID.randomUUID().toString();
    assertRefused(ErrorCode.NOT_FOUND, unknown, () -> internal.commit(unknown, 1, 1));
    assertRefused(ErrorCode.NOT_FOUND, unknown, () -> internal.release(unknown));
  }

  @Test
  void badRequestsNameTheField() {
    Api.put(federation, Api.EXAMPLE).statusCode(201);
    ByteString round = Internal.newRound();
    assertRefused(
        ErrorCode.INVALID_REQUEST, "federation", () -> internal.reserve("Not-A-Name", round, 1));
    assertRefused(
        ErrorCode.INVALID_VALUE,
        "round_id",
        () -> internal.reserve(federation, ByteString.EMPTY, 1));
    assertRefused(
        ErrorCode.INVALID_VALUE,
        "round_id",
        () -> internal.reserve(federation, ByteString.copyFrom(new byte[65]), 1));
    assertRefused(ErrorCode.INVALID_VALUE, "attempt", () -> internal.reserve(federation, round, 0));
    assertRefused(
        ErrorCode.INVALID_VALUE, "attempt", () -> internal.reserve(federation, round, -1));
    assertRefused(
        ErrorCode.INVALID_REQUEST, "reservation_id", () -> internal.commit("1-1-1-1-1", 1, 1));
    assertRefused(
        ErrorCode.INVALID_VALUE,
        "survivors",
        () -> internal.commit(internal.reserved(federation), 3, 4));
    String id = UUID.randomUUID().toString();
    assertRefused(ErrorCode.INVALID_VALUE, "cohort", () -> internal.commit(id, -1, 0));
    assertRefused(
        ErrorCode.INVALID_VALUE,
        "reason.reason",
        () -> internal.ledger().release(ReleaseRequest.newBuilder().setReservationId(id).build()));
  }

  @Test
  void onlyServicesMayCall() {
    assertRefused(
        ErrorCode.UNAUTHENTICATED,
        "service token",
        () ->
            internal
                .ledgerWithToken("wrong-token-of-more-than-thirty-two-characters")
                .commit(CommitRequest.getDefaultInstance()));
  }

  @Test
  void configurationsAreServed() {
    Api.put(federation, OFF.replaceFirst("}$", ", \"regions\": [\"eu-west-1\"]}")).statusCode(201);
    PrivacyConfiguration configuration =
        internal
            .configurations()
            .getPrivacyConfiguration(
                GetPrivacyConfigurationRequest.newBuilder()
                    .setFederation(federation)
                    .setRegion("eu-west-1")
                    .build())
            .getConfiguration();
    assertThat(configuration.hasDifferentialPrivacy()).isFalse();
    assertThat(configuration.hasSecureAggregation()).isFalse();
    assertThat(configuration.getMaxGradNorm()).isEqualTo(1.0);
    assertThat(configuration.getRegionsList()).containsExactly("eu-west-1");
    assertThat(configuration.getExpectedCohort()).isEqualTo(20);
  }

  @Test
  void roundsWithoutDifferentialPrivacyAreRecordedWithoutEpsilon() {
    Api.put(federation, OFF).statusCode(201);
    ReserveResponse reserved = internal.reserve(federation, Internal.newRound(), 1);
    assertThat(reserved.getReserved().getEpsilonAfter()).isEqualTo("0");
    assertThat(internal.commit(reserved.getReserved().getReservationId(), 5, 5)).isEqualTo("0");
    Api.budget(federation)
        .body("epsilon_spent", equalTo(0))
        .body("rounds_completed", equalTo(1))
        .body("budget_exhausted", equalTo(false))
        .body("differential_privacy_enabled", equalTo(false))
        .body("rounds_affordable", nullValue());
    Api.put(federation, Api.EXAMPLE)
        .statusCode(409)
        .body("type", equalTo("urn:octomil:problem:conflict"))
        .body("errors[0].field", equalTo("differential_privacy.enabled"))
        .body("errors[0].message", containsString("/versions"));
    Api.get(federation).body("differential_privacy.enabled", equalTo(false));
  }

  @Test
  void differentialPrivacyCannotBeSwitchedOffAfterARound() {
    Api.put(federation, Api.EXAMPLE).statusCode(201);
    String reservation = internal.reserved(federation);
    Api.put(federation, OFF)
        .statusCode(409)
        .body("errors[0].field", equalTo("differential_privacy.enabled"));
    internal.release(reservation);
    // Nothing ran: the version is still free to change.
    Api.put(federation, OFF).statusCode(200);
  }

  @Test
  void aNewVersionStartsAnAccountOfItsOwn() {
    Api.put(federation, Api.EXAMPLE).statusCode(201);
    String inFlight = internal.reserved(federation);
    Api.admin()
        .body("{\"reason\": \"next study\"}")
        .post("/api/v1/federations/" + federation + "/versions")
        .then()
        .statusCode(201)
        .body("version", equalTo(2))
        .body("configured", equalTo(true));
    Api.get(federation)
        .body("version", equalTo(2))
        .body("differential_privacy.noise_multiplier", equalTo(1.1f));
    Api.budget(federation)
        .body("rounds_reserved", equalTo(0))
        .body("rounds_affordable", equalTo(1));

    // A round of the old version is still charged to the old version.
    assertThat(internal.commit(inFlight, 20, 20)).isEqualTo("3.921250253");
    Api.budget(federation).body("epsilon_spent", equalTo(0)).body("rounds_completed", equalTo(0));
    Api.admin()
        .get(Api.privacy(federation) + "/budget/rounds?version=1")
        .then()
        .statusCode(200)
        .body("rounds", hasSize(1));
    Api.put(federation, OFF).statusCode(200).body("version", equalTo(2));
  }

  @Test
  void changedNoiseIsAccountedExactly() {
    Api.put(federation, Api.configuration(4, 1e-5, 10)).statusCode(201);
    internal.commit(internal.reserved(federation), 20, 20);
    internal.commit(internal.reserved(federation), 20, 20);
    Api.put(federation, Api.configuration(4, 1e-5, 5)).statusCode(200);
    String spent = internal.commit(internal.reserved(federation), 20, 20);
    // mu^2 = 2 / 100 + 1 / 25 = 0.06: the same as six rounds with noise 10.
    String six = Api.newName();
    Api.put(six, Api.configuration(4, 1e-5, 10)).statusCode(201);
    String spentBySix = "";
    for (int i = 0; i < 6; i++) {
      spentBySix = internal.commit(internal.reserved(six), 20, 20);
    }
    assertThat(Double.parseDouble(spent)).isCloseTo(Double.parseDouble(spentBySix), within(1e-8));
  }

  @Test
  void aChangeMayNotPutTheBudgetBelowWhatIsSpent() {
    Api.put(federation, Api.configuration(4, 1e-5, 10)).statusCode(201);
    for (int i = 0; i < 5; i++) {
      internal.commit(internal.reserved(federation), 20, 20);
    }
    double spent = Api.budget(federation).extract().jsonPath().getDouble("epsilon_spent");
    Api.put(federation, Api.configuration(spent - 0.01, 1e-5, 10))
        .statusCode(409)
        .body("errors[0].field", equalTo("differential_privacy.epsilon"))
        .body("errors[0].message", containsString("has spent or reserved"));
    // A smaller delta re-evaluates the rounds that ran.
    Api.put(federation, Api.configuration(spent + 0.01, 1e-9, 10)).statusCode(409);
    Api.get(federation)
        .body("differential_privacy.epsilon", equalTo(4.0f))
        .body("configuration", equalTo(1));
    Api.put(federation, Api.configuration(spent + 0.01, 1e-5, 10))
        .statusCode(200)
        .body("meaning.rounds_affordable", equalTo(0))
        .body("configuration", equalTo(2));
    // A larger delta would lower epsilon: what is spent stays.
    Api.put(federation, Api.configuration(spent + 0.01, 1e-3, 10)).statusCode(200);
    assertThat(Api.budget(federation).extract().jsonPath().getDouble("epsilon_spent"))
        .isEqualTo(spent);
    // More budget, and it goes on.
    Api.put(federation, Api.configuration(8, 1e-5, 10)).statusCode(200);
    internal.reserved(federation);
  }

  @Test
  void concurrentReservationsNeverExceedTheBudget() throws Exception {
    Api.put(federation, Api.configuration(4, 1e-5, 5)).statusCode(201);
    int affordable = Api.get(federation).extract().jsonPath().getInt("meaning.rounds_affordable");
    assertThat(affordable).isBetween(10, 49);

    List<ReserveResponse> responses =
        inParallel(50, i -> internal.reserve(federation, Internal.newRound(), 1));

    List<ReserveResponse> granted =
        responses.stream().filter(ReserveResponse::hasReserved).toList();
    assertThat(granted).hasSize(affordable);
    assertThat(responses.stream().filter(ReserveResponse::hasExhausted)).hasSize(50 - affordable);
    Set<String> ids = new HashSet<>();
    granted.forEach(response -> ids.add(response.getReserved().getReservationId()));
    assertThat(ids).hasSize(affordable);
    assertThat(granted)
        .allSatisfy(response ->
            assertThat(new BigDecimal(response.getReserved().getEpsilonAfter()))
                .isLessThanOrEqualTo(BigDecimal.valueOf(4)));
    Api.budget(federation)
        .body("rounds_reserved", equalTo(affordable))
        .body("budget_exhausted", equalTo(true));

    // Resolving them all at once counts each exactly once.
    List<String> reservations = List.copyOf(ids);
    inParallel(
        affordable,
        i ->
            i % 2 == 0
                ? internal.commit(reservations.get(i), 20, 20)
                : internal.release(reservations.get(i)));
    Api.budget(federation)
        .body("rounds_completed", equalTo((affordable + 1) / 2))
        .body("rounds_reserved", equalTo(0));
  }

  @Test
  void concurrentRepetitionsAreOneReservation() throws Exception {
    Api.put(federation, Api.configuration(4, 1e-5, 5)).statusCode(201);
    ByteString round = Internal.newRound();
    List<ReserveResponse> responses = inParallel(20, i -> internal.reserve(federation, round, 1));
    assertThat(Set.copyOf(responses)).hasSize(1);
    String id = responses.getFirst().getReserved().getReservationId();
    assertThat(Set.copyOf(inParallel(20, i -> internal.commit(id, 20, 20)))).hasSize(1);
    Api.budget(federation).body("rounds_completed", equalTo(1)).body("rounds_reserved", equalTo(0));
  }

  @Test
  void changesAndReservationsNeverOverspendTogether() throws Exception {
    Api.put(federation, Api.configuration(4, 1e-5, 5)).statusCode(201);
    List<Integer> statuses = new ArrayList<>();
    inParallel(
        24,
        i -> {
          if (i % 4 == 3) {
            double epsilon = 1 + (i % 8) / 8.0;
            synchronized (statuses) {
              statuses.add(0);
            }
            int status =
                Api.put(federation, Api.configuration(epsilon, 1e-5, 5)).extract().statusCode();
            assertThat(status).isIn(200, 409);
            return status;
          }
          return internal.reserve(federation, Internal.newRound(), 1).hasReserved() ? 1 : 0;
        });
    var budget = Api.budget(federation).statusCode(200).extract().jsonPath();
    assertThat(budget.getDouble("epsilon_spent") + budget.getDouble("epsilon_reserved"))
        .isLessThanOrEqualTo(budget.getDouble("epsilon"));
  }

  private static <T> List<T> inParallel(int calls, Function<Integer, T> call) throws Exception {
    List<Callable<T>> tasks = new ArrayList<>();
    for (int i = 0; i < calls; i++) {
      int number = i;
      tasks.add(() -> call.apply(number));
    }
    List<T> values = new ArrayList<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (Future<T> future : threads.invokeAll(tasks)) {
        values.add(future.get());
      }
    }
    return values;
  }

  @Test
  void keysAreVerified() {
    String operator = Api.newKey(federation, "operator", "auditor");
    ApiKeyIdentity identity = verify(operator).getIdentity();
    assertThat(identity.getScopesList())
        .containsExactlyInAnyOrder(Scope.SCOPE_OPERATOR, Scope.SCOPE_AUDITOR);
    assertThat(identity.getFederation()).isEqualTo(federation);

    ApiKeyIdentity admin = verify(BudgetResources.ADMIN_KEY).getIdentity();
    assertThat(admin.getScopesList()).containsExactly(Scope.SCOPE_ADMIN);
    assertThat(admin.getFederation()).isEmpty();

    for (String bad :
        List.of("", "edg_", "edg_" + "A".repeat(43), operator + "x", "x".repeat(5000))) {
      assertThat(verify(bad).hasInvalid()).isTrue();
    }
    Api.admin().delete("/api/v1/api-keys/" + identity.getKeyId()).then().statusCode(200);
    assertThat(verify(operator).hasInvalid()).isTrue();
  }

  private VerifyApiKeyResponse verify(String key) {
    return internal.apiKeys().verifyApiKey(VerifyApiKeyRequest.newBuilder().setApiKey(key).build());
  }
}
