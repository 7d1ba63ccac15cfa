package com.octomil.privacy.relay.domain;

import com.octomil.privacy.relay.domain.SessionState.Aborted;
import com.octomil.privacy.relay.domain.SessionState.Admitted;
import com.octomil.privacy.relay.domain.SessionState.Advertising;
import com.octomil.privacy.relay.domain.SessionState.Closed;
import com.octomil.privacy.relay.domain.SessionState.RosterClosed;
import com.octomil.privacy.relay.domain.SessionState.Shared;
import com.octomil.privacy.relay.domain.SessionState.Sharing;
import java.time.Duration;
import java.time.Instant;

/** When a session moves on by itself. Pure, so that every replica decides alike. */
public final class SessionRules {

  private SessionRules() {}

  /** What is to be done with a session now. */
  public sealed interface Decision {

    /** Nothing before {@code until}, unless a device does something. */
    record Wait(Instant until) implements Decision {}

    /** Nothing, ever again. */
    record Over() implements Decision {}

    /** Fix the roster from the adverts that are there. */
    record CloseRoster() implements Decision {}

    /** Without secure aggregation: fix the participants. */
    record FixParticipants() implements Decision {}

    /** Fix who shared. */
    record CloseShares() implements Decision {}

    /**
     * End the session.
     *
     * @param expired true if the participants had been fixed and the aggregator never said how the
     *     round ended
     */
    record End(Abort abort, boolean expired) implements Decision {}
  }

  /**
   * Decides from the state, the attendance and the time.
   *
   * @param grace how long after the last deadline of a round the aggregator may still report its
   *     end
   */
  public static Decision decide(
      Session session, Attendance attendance, Instant now, Duration grace) {
    RoundRules rules = session.rules();
    Deadlines deadlines = rules.deadlines();
    return switch (session.state()) {
      case Advertising() -> decideAdvertising(rules, attendance, now);
      case RosterClosed _ -> {
        if (now.isBefore(deadlines.share())) {
          yield new Decision.Wait(deadlines.share());
        }
        yield new Decision.End(
            new Abort(
                AbortReason.DEADLINE,
                "The graph nonce was not opened before the deadline of the share step."),
            false);
      }
      case Sharing sharing -> {
        int size = sharing.roster().graph().cohort();
        if (attendance.shared() < size && now.isBefore(deadlines.share())) {
          yield new Decision.Wait(deadlines.share());
        }
        yield attendance.shared() < rules.minimum()
            ? tooFew(attendance.shared(), "submitted shares", rules)
            : new Decision.CloseShares();
      }
      case Shared _, Admitted _ -> {
        Instant end = deadlines.last().plus(grace);
        if (now.isBefore(end)) {
          yield new Decision.Wait(end);
        }
        yield new Decision.End(
            new Abort(
                AbortReason.DEADLINE,
                "The aggregator did not end the round within " + grace + " of its last deadline."),
            true);
      }
      case Closed _, Aborted _ -> new Decision.Over();
    };
  }

  private static Decision decideAdvertising(RoundRules rules, Attendance attendance, Instant now) {
    boolean inTime = now.isBefore(rules.deadlines().advertise());
    boolean full = attendance.checkedIn() >= rules.targetCohort();
    if (rules.secureAggregation() == null) {
      if (inTime && !full) {
        return new Decision.Wait(rules.deadlines().advertise());
      }
      return attendance.checkedIn() < rules.minimum()
          ? tooFew(attendance.checkedIn(), "checked in", rules)
          : new Decision.FixParticipants();
    }
    boolean complete = full && attendance.advertised() >= attendance.checkedIn();
    if (inTime && !complete) {
      return new Decision.Wait(rules.deadlines().advertise());
    }
    return attendance.advertised() < rules.minimum()
        ? tooFew(attendance.advertised(), "advertised keys", rules)
        : new Decision.CloseRoster();
  }

  private static Decision tooFew(int number, String what, RoundRules rules) {
    return new Decision.End(
        new Abort(
            AbortReason.TOO_FEW_DEVICES,
            number + " devices " + what + "; the round needs at least " + rules.minimum() + "."),
        false);
  }
}
