package com.octomil.privacy.budget.domain;

import java.util.List;

/**
 * What came before a round that is being committed, in its version.
 *
 * @param last committed rounds, the newest first; at most {@link Spikes#WINDOW}
 * @param inLastHour rounds committed in the hour before
 * @param inDayBefore rounds committed in the 24 hours before that hour
 */
public record RecentRounds(List<Past> last, long inLastHour, long inDayBefore) {

  /** Nothing before. */
  public static final RecentRounds NONE = new RecentRounds(List.of(), 0, 0);

  /** Copies the rounds. */
  public RecentRounds {
    last = List.copyOf(last);
  }

  /**
   * A committed round.
   *
   * @param kind noise and sampling as charged
   * @param added what it added to the spent epsilon
   * @param survivors devices in its sum
   */
  public record Past(RoundKind kind, Epsilon added, int survivors) {}
}
