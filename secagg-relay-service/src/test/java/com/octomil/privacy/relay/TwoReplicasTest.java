package com.octomil.privacy.relay;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.octomil.privacy.kit.db.Notifications;
import com.octomil.privacy.kit.test.EmbeddedPostgresResource;
import com.octomil.privacy.kit.test.ServiceTokenResource;
import com.octomil.privacy.proto.relay.v1.CloseSessionRequest;
import com.octomil.privacy.proto.relay.v1.GetSessionResponse;
import com.octomil.privacy.proto.relay.v1.SessionPhase;
import com.octomil.privacy.proto.secagg.v1.CheckInResponse;
import com.octomil.privacy.proto.secagg.v1.EncryptedShare;
import com.octomil.privacy.proto.secagg.v1.GetSharesResponse;
import com.octomil.privacy.proto.secagg.v1.Roster;
import com.octomil.privacy.relay.config.RelayConfig;
import com.octomil.privacy.relay.domain.RelayStore;
import com.octomil.privacy.relay.grpc.Replica;
import com.octomil.privacy.relay.testing.PeersResource;
import com.octomil.privacy.relay.testing.Relay;
import com.octomil.privacy.relay.testing.TestDevice;
import com.octomil.privacy.relay.testing.TestParticipant;
import com.octomil.privacy.relay.testing.TestRound;
import com.octomil.privacy.secagg.keyagreement.SigningKeyPair;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.vertx.mutiny.sqlclient.Pool;
import jakarta.inject.Inject;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Two replicas serve one session; every device and the aggregator switch between them. */
@QuarkusTest
@QuarkusTestResource(EmbeddedPostgresResource.class)
@QuarkusTestResource(ServiceTokenResource.class)
@QuarkusTestResource(PeersResource.class)
class TwoReplicasTest {

  @Inject RelayStore store;
  @Inject RelayConfig config;
  @Inject Pool pool;

  private Notifications notifications;
  private Replica replica;
  private Relay first;
  private Relay second;

  @BeforeEach
  void connect() throws Exception {
    // Of its own: what a replica sends itself it does not hear.
    notifications = new Notifications(pool);
    replica = new Replica(store, notifications, config);
    first = new Relay();
    second = new Relay(replica.port());
  }

  @AfterEach
  void disconnect() {
    first.close();
    second.close();
    replica.close();
    notifications.close();
  }

  @Test
  void aSessionRunsOverBoth() throws Exception {
    List<TestDevice> devices = TestDevice.enroll(first, "replicas", 6);
    TestRound round = TestRound.secure("replicas", 6, builder -> builder).open(first);
    assertThat(round.open(second).ticketKey()).hasSize(32);
    SigningKeyPair roundKey = SigningKeyPair.generate(new SecureRandom());
    CheckInResponse admitted = devices.getFirst().checkIn(first, roundKey);
    assertThat(devices.getFirst().checkIn(second, roundKey)).isEqualTo(admitted);
    List<TestParticipant> participants = new ArrayList<>();
    participants.add(new TestParticipant(devices.getFirst(), admitted.getAdmission(), roundKey));
    for (int i = 1; i < devices.size(); i++) {
      participants.add(devices.get(i).join(i % 2 == 0 ? first : second));
    }

    try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
      // Those who wait at one replica learn what happens at the other.
      List<Future<Roster>> rosters = new ArrayList<>();
      for (int i = 0; i < participants.size(); i++) {
        TestParticipant participant = participants.get(i);
        Relay here = i % 2 == 0 ? first : second;
        Relay there = i % 2 == 0 ? second : first;
        assertThat(participant.advertise(here).hasAccepted()).isTrue();
        assertThat(participant.advertise(there).hasAccepted()).isTrue();
        rosters.add(executor.submit(() -> participant.roster(there, 20_000).getRoster()));
      }
      assertThat(
              second.awaitLeaving(round.roundId(), SessionPhase.SESSION_PHASE_ADVERTISE).getPhase())
          .isEqualTo(SessionPhase.SESSION_PHASE_ROSTER_CLOSED);
      assertThat(round.openGraph(first)).isEqualTo(round.openGraph(second));

      List<Future<GetSharesResponse>> received = new ArrayList<>();
      for (int i = 0; i < participants.size(); i++) {
        TestParticipant participant = participants.get(i);
        Roster roster = rosters.get(i).get(20, TimeUnit.SECONDS);
        assertThat(roster.getSize()).isEqualTo(6);
        Relay here = i % 2 == 0 ? first : second;
        Relay there = i % 2 == 0 ? second : first;
        List<EncryptedShare> shares = participant.makeShares(roster);
        assertThat(participant.submit(here, shares).hasAccepted()).isTrue();
        assertThat(participant.submit(there, shares).hasAccepted()).isTrue();
        received.add(executor.submit(() -> participant.shares(there, 20_000)));
      }
      GetSessionResponse shared =
          first.awaitLeaving(round.roundId(), SessionPhase.SESSION_PHASE_SHARE);
      assertThat(shared.getPhase()).isEqualTo(SessionPhase.SESSION_PHASE_SHARED);
      assertThat(shared.getShared()).isEqualTo(6);
      for (int i = 0; i < participants.size(); i++) {
        GetSharesResponse answer = received.get(i).get(20, TimeUnit.SECONDS);
        assertThat(answer.getShares().getSharesCount()).isEqualTo(rosters.get(i).get().getDegree());
        assertThat(participants.get(i).shares(first, 20_000)).isEqualTo(answer);
      }
    }

    var unused =
        second
            .sessions()
            .closeSession(
                CloseSessionRequest.newBuilder()
                    .setRoundId(ByteString.copyFrom(round.roundId()))
                    .build());
    assertThat(first.awaitLeaving(round.roundId(), SessionPhase.SESSION_PHASE_SHARED).getPhase())
        .isEqualTo(SessionPhase.SESSION_PHASE_CLOSED);
    assertThat(participants.getFirst().shares(first, 0).hasLate()).isTrue();
  }

  @Test
  void aSessionOpenedAtOneAdmitsAtTheOther() {
    TestDevice device = TestDevice.enroll(second, "found", 1).getFirst();
    SigningKeyPair roundKey = SigningKeyPair.generate(new SecureRandom());
    assertThat(device.checkIn(second, roundKey).hasNoRound()).isTrue();
    TestRound round = TestRound.secure("found", 3, builder -> builder).open(first);
    Instant deadline = Instant.now().plusSeconds(20);
    CheckInResponse response = device.checkIn(second, roundKey);
    while (response.hasNoRound() && Instant.now().isBefore(deadline)) {
      response = device.checkIn(second, roundKey);
    }
    assertThat(response.getAdmission().getRoundParameters()).isEqualTo(round.serialized());
    assertThat(first.session(round.roundId()).getCheckedIn()).isEqualTo(1);
  }
}
