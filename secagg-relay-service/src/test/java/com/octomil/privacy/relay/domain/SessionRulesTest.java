package com.octomil.privacy.relay.domain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.octomil.privacy.relay.domain.SessionRules.Decision;
import com.octomil.privacy.secagg.AdversaryModel;
import com.octomil.privacy.secagg.CohortAssumptions;
import com.octomil.privacy.secagg.GraphParameters;
import com.octomil.privacy.secagg.RoundHash;
import java.time.Duration;
import java.time.Instant;
import java.util.BitSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class SessionRulesTest {

  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
  private static final Duration GRACE = Duration.ofMinutes(10);
  private static final SecureAggregation SECURE =
      new SecureAggregation(
          new CohortAssumptions(AdversaryModel.SEMI_MALICIOUS, 0.05, 0.05, 40, 20),
          0.6,
          Bytes.of(new byte[32]),
          null);
  private static final RosterSummary ROSTER =
      new RosterSummary(Bytes.of(new byte[32]), new GraphParameters(8, 7, 4));

  private static Instant at(long seconds) {
    return START.plusSeconds(seconds);
  }

  private static Session session(
      SessionState state, int target, int min, @Nullable SecureAggregation secure) {
    return new Session(
        new RoundRules(
            RoundId.of(new byte[16]),
            new FederationName("clinic"),
            target,
            min,
            new Deadlines(at(10), at(20), at(30), at(40), at(50)),
            Set.of(),
            secure),
        Bytes.of(new byte[] {1}),
        RoundHash.of(new byte[] {1}),
        Bytes.of(new byte[32]),
        state,
        1);
  }

  private static Decision secure(SessionState state, Attendance attendance, long second) {
    return SessionRules.decide(session(state, 8, 5, SECURE), attendance, at(second), GRACE);
  }

  private static Decision plain(SessionState state, Attendance attendance, long second) {
    return SessionRules.decide(session(state, 8, 5, null), attendance, at(second), GRACE);
  }

  @Test
  void theRosterWaitsForTheTargetAndAllWhoCheckedIn() {
    SessionState state = new SessionState.Advertising();
    assertThat(secure(state, new Attendance(0, 0, 0), 0)).isEqualTo(new Decision.Wait(at(10)));
    assertThat(secure(state, new Attendance(7, 7, 0), 9)).isEqualTo(new Decision.Wait(at(10)));
    assertThat(secure(state, new Attendance(8, 7, 0), 9)).isEqualTo(new Decision.Wait(at(10)));
    assertThat(secure(state, new Attendance(8, 8, 0), 9)).isEqualTo(new Decision.CloseRoster());
  }

  @Test
  void theRosterClosesAtTheDeadlineWithTheMinimum() {
    SessionState state = new SessionState.Advertising();
    assertThat(secure(state, new Attendance(8, 5, 0), 10)).isEqualTo(new Decision.CloseRoster());
    assertThat(secure(state, new Attendance(8, 4, 0), 10))
        .isEqualTo(
            new Decision.End(
                new Abort(
                    AbortReason.TOO_FEW_DEVICES,
                    "4 devices advertised keys; the round needs at least 5."),
                false));
  }

  @Test
  void secureAggregationNeedsThreeWhateverTheMinimum() {
    Session session = session(new SessionState.Advertising(), 8, 1, SECURE);
    assertThat(SessionRules.decide(session, new Attendance(3, 2, 0), at(10), GRACE))
        .isInstanceOf(Decision.End.class);
    assertThat(SessionRules.decide(session, new Attendance(3, 3, 0), at(10), GRACE))
        .isEqualTo(new Decision.CloseRoster());
  }

  @Test
  void aClosedRosterWaitsForTheNonceUntilTheShareDeadline() {
    SessionState state = new SessionState.RosterClosed(ROSTER);
    assertThat(secure(state, new Attendance(8, 8, 0), 19)).isEqualTo(new Decision.Wait(at(20)));
    assertThat(secure(state, new Attendance(8, 8, 0), 20))
        .isInstanceOfSatisfying(
            Decision.End.class,
            end -> assertThat(end.abort().reason()).isEqualTo(AbortReason.DEADLINE));
  }

  @Test
  void sharesCloseWhenAllSharedOrAtTheDeadline() {
    SessionState state = new SessionState.Sharing(ROSTER, Bytes.of(new byte[32]));
    assertThat(secure(state, new Attendance(8, 8, 7), 19)).isEqualTo(new Decision.Wait(at(20)));
    assertThat(secure(state, new Attendance(8, 8, 8), 19)).isEqualTo(new Decision.CloseShares());
    assertThat(secure(state, new Attendance(8, 8, 5), 20)).isEqualTo(new Decision.CloseShares());
    assertThat(secure(state, new Attendance(8, 8, 4), 20))
        .isInstanceOfSatisfying(
            Decision.End.class,
            end -> assertThat(end.abort().reason()).isEqualTo(AbortReason.TOO_FEW_DEVICES));
  }

  @Test
  void aSessionThatNobodyEndsExpires() {
    SessionState state = new SessionState.Shared(ROSTER, Bytes.of(new byte[32]), new BitSet());
    assertThat(secure(state, new Attendance(8, 8, 8), 60))
        .isEqualTo(new Decision.Wait(at(50).plus(GRACE)));
    assertThat(secure(state, new Attendance(8, 8, 8), 50 + 600))
        .isInstanceOfSatisfying(
            Decision.End.class,
            end -> {
              assertThat(end.abort().reason()).isEqualTo(AbortReason.DEADLINE);
              assertThat(end.expired()).isTrue();
            });
  }

  @Test
  void withoutSecureAggregationCheckInIsAll() {
    SessionState state = new SessionState.Advertising();
    assertThat(plain(state, new Attendance(7, 0, 0), 9)).isEqualTo(new Decision.Wait(at(10)));
    assertThat(plain(state, new Attendance(8, 0, 0), 9)).isEqualTo(new Decision.FixParticipants());
    assertThat(plain(state, new Attendance(5, 0, 0), 10)).isEqualTo(new Decision.FixParticipants());
    assertThat(plain(state, new Attendance(4, 0, 0), 10)).isInstanceOf(Decision.End.class);
    assertThat(plain(new SessionState.Admitted(), new Attendance(8, 0, 0), 50 + 600))
        .isInstanceOf(Decision.End.class);
  }

  @Test
  void theEndIsTheEnd() {
    Abort abort = new Abort(AbortReason.CANCELLED, "The operator cancelled.");
    assertThat(secure(new SessionState.Closed(ROSTER), new Attendance(8, 8, 8), 100_000))
        .isEqualTo(new Decision.Over());
    assertThat(
            secure(new SessionState.Aborted(null, abort, false), new Attendance(0, 0, 0), 100_000))
        .isEqualTo(new Decision.Over());
  }

  @Test
  void rulesNameWhatTheyRefuse() {
    assertThatThrownBy(() -> session(new SessionState.Advertising(), 2, 1, SECURE))
        .isInstanceOfSatisfying(
            RefusedException.class,
            refusal -> {
              assertThat(refusal.field()).isEqualTo("round_parameters.target_cohort");
              assertThat(refusal.rejected()).isEqualTo("2");
            });
    assertThatThrownBy(() -> session(new SessionState.Advertising(), 8, 9, null))
        .hasMessageContaining("from 1 to the target cohort of 8");
    assertThatThrownBy(() -> session(new SessionState.Advertising(), -1, 1, null))
        .isInstanceOfSatisfying(
            RefusedException.class,
            refusal -> assertThat(refusal.rejected()).isEqualTo("4294967295"));
  }
}
