package com.octomil.privacy.relay.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.octomil.privacy.relay.domain.Abort;
import com.octomil.privacy.relay.domain.AbortReason;
import com.octomil.privacy.relay.domain.Bytes;
import com.octomil.privacy.relay.domain.Deadlines;
import com.octomil.privacy.relay.domain.FederationName;
import com.octomil.privacy.relay.domain.RelayStore;
import com.octomil.privacy.relay.domain.RoundId;
import com.octomil.privacy.relay.domain.RoundRules;
import com.octomil.privacy.relay.domain.Session;
import com.octomil.privacy.relay.domain.SessionPhase;
import com.octomil.privacy.relay.domain.SessionState;
import com.octomil.privacy.secagg.RoundHash;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class LiveSessionsTest {

  private static final Duration LONG = Duration.ofSeconds(30);

  private static final class NoStore implements RelayStore {
    @Override
    public <T extends @Nullable Object> T inTransaction(String name, Function<Records, T> body) {
      throw new AssertionError("waiting asks the database nothing");
    }
  }

  private final LiveSessions live = new LiveSessions(new NoStore(), Clock.systemUTC());

  private static Session session() {
    Instant later = Instant.now().plusSeconds(600);
    return new Session(
        new RoundRules(
            RoundId.of(new byte[16]),
            new FederationName("clinic"),
            3,
            3,
            new Deadlines(later, later, later, later, later),
            Set.of(),
            null),
        Bytes.of(new byte[] {1}),
        RoundHash.of(new byte[] {1}),
        Bytes.of(new byte[32]),
        new SessionState.Advertising(),
        1);
  }

  @Test
  void allWhoWaitSeeTheChange() throws Exception {
    Session session = session();
    Session shared = session.moved(new SessionState.Admitted());
    try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Session>> waiting = new ArrayList<>();
      for (int i = 0; i < 1_000; i++) {
        waiting.add(
            executor.submit(
                () -> live.await(session, now -> now.phase() == SessionPhase.SHARED, LONG)));
      }
      live.publish(shared);
      for (Future<Session> one : waiting) {
        assertThat(one.get(20, TimeUnit.SECONDS)).isEqualTo(shared);
      }
    }
  }

  @Test
  void nobodyWaitsForASessionThatIsOver() {
    Session session = session();
    Session aborted =
        session.moved(
            new SessionState.Aborted(null, new Abort(AbortReason.CANCELLED, "Cancelled."), false));
    live.publish(aborted);
    assertThat(live.await(session, now -> now.phase() == SessionPhase.SHARED, LONG))
        .isEqualTo(aborted);
  }

  @Test
  void anOldStateDoesNotReplaceANewerOne() {
    Session session = session();
    Session shared = session.moved(new SessionState.Admitted());
    live.publish(shared);
    live.publish(session);
    assertThat(live.find(session.roundId())).contains(shared);
  }

  @Test
  void aWaitEnds() {
    Session session = session();
    assertThat(live.await(session, _ -> false, Duration.ofMillis(20))).isEqualTo(session);
    assertThat(live.await(session, _ -> false, Duration.ZERO)).isEqualTo(session);
  }
}
