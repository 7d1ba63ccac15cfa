package com.octomil.privacy.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.google.protobuf.ByteString;
import com.octomil.privacy.kit.test.EmbeddedPostgresResource;
import com.octomil.privacy.kit.test.ServiceTokenResource;
import com.octomil.privacy.proto.relay.v1.CheckSurvivorsRequest;
import com.octomil.privacy.proto.relay.v1.CheckSurvivorsResponse;
import com.octomil.privacy.proto.relay.v1.CloseSessionRequest;
import com.octomil.privacy.proto.relay.v1.SessionPhase;
import com.octomil.privacy.relay.testing.PeersResource;
import com.octomil.privacy.relay.testing.Relay;
import com.octomil.privacy.relay.testing.TestDevice;
import com.octomil.privacy.relay.testing.TestRound;
import com.octomil.privacy.secagg.wire.IndexBitmap;
import io.grpc.StatusRuntimeException;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Sums over the same model whose survivors are nearly the same. */
@QuarkusTest
@QuarkusTestResource(EmbeddedPostgresResource.class)
@QuarkusTestResource(ServiceTokenResource.class)
@QuarkusTestResource(PeersResource.class)
class CohortDifferencingTest {

  private static final int MIN_SURVIVORS = 3;

  private Relay relay;

  @BeforeEach
  void connect() {
    relay = new Relay();
  }

  @AfterEach
  void disconnect() {
    relay.close();
  }

  /** A round that these devices have joined, in this order. */
  private TestRound round(String federation, List<TestDevice> devices, int model) {
    byte[] hash = new byte[32];
    hash[0] = (byte) model;
    TestRound round =
        TestRound.plain(
                federation,
                devices.size(),
                builder ->
                    builder.setMinSurvivors(MIN_SURVIVORS).setModelHash(ByteString.copyFrom(hash)))
            .open(relay);
    devices.forEach(device -> device.join(relay));
    assertThat(relay.awaitLeaving(round.roundId(), SessionPhase.SESSION_PHASE_ADVERTISE).getPhase())
        .isEqualTo(SessionPhase.SESSION_PHASE_SHARED);
    return round;
  }

  private CheckSurvivorsResponse check(TestRound round, int size, int survivors, boolean commit) {
    return relay
        .sessions()
        .checkSurvivors(
            CheckSurvivorsRequest.newBuilder()
                .setRoundId(ByteString.copyFrom(round.roundId()))
                .setSurvivors(
                    ByteString.copyFrom(
                        IndexBitmap.of(size, IntStream.range(0, survivors).boxed().toList())))
                .setCommit(commit)
                .build());
  }

  private void close(TestRound round) {
    relay
        .sessions()
        .closeSession(
            CloseSessionRequest.newBuilder()
                .setRoundId(ByteString.copyFrom(round.roundId()))
                .build());
  }

  @Test
  void aSumThatDiffersFromAnEarlierOneByFewerThanTheMinimumIsRefused() {
    String federation = "differencing";
    List<TestDevice> devices = TestDevice.enroll(relay, federation, 8);
    TestRound first = round(federation, devices.subList(0, 5), 1);
    // What is only asked about is not remembered.
    assertThat(check(first, 5, 4, false).hasAdmissible()).isTrue();
    assertThat(check(first, 5, 5, true).hasAdmissible()).isTrue();
    assertThat(check(first, 5, 5, true).hasAdmissible()).as("repeated").isTrue();
    assertThatExceptionOfType(StatusRuntimeException.class)
        .isThrownBy(() -> check(first, 5, 4, true))
        .withMessageContaining("summed over other survivors");
    close(first);

    TestRound retry = round(federation, devices.subList(0, 5), 1);
    CheckSurvivorsResponse without = check(retry, 5, 4, false);
    assertThat(without.getDifferencing().getRoundId().toByteArray()).isEqualTo(first.roundId());
    assertThat(without.getDifferencing().getDifference()).isEqualTo(1);
    assertThat(without.getDifferencing().getMinimum()).isEqualTo(MIN_SURVIVORS);
    assertThat(check(retry, 5, 4, true).hasDifferencing()).as("nor remembered").isTrue();
    assertThat(check(retry, 5, 5, true).hasAdmissible()).as("the same devices").isTrue();
    close(retry);

    // One other device comes and one goes: two are in one of the sums only.
    TestRound exchanged = round(federation, devices.subList(1, 6), 1);
    assertThat(check(exchanged, 5, 5, false).getDifferencing().getDifference()).isEqualTo(2);
    close(exchanged);

    TestRound apart = round(federation, devices.subList(2, 8), 1);
    assertThat(check(apart, 6, 6, true).hasAdmissible()).as("five differ").isTrue();
    close(apart);

    TestRound otherModel = round(federation, devices.subList(0, 5), 2);
    assertThat(check(otherModel, 5, 4, true).hasAdmissible()).isTrue();
    close(otherModel);
  }

  @Test
  void aBitmapOfAnotherLengthIsRefused() {
    String federation = "differencing-bitmap";
    TestRound round = round(federation, TestDevice.enroll(relay, federation, 3), 1);
    assertThatExceptionOfType(StatusRuntimeException.class)
        .isThrownBy(() -> check(round, 9, 9, false))
        .withMessageContaining("survivors");
    close(round);
  }
}
