package com.octomil.privacy.budget.domain;

import com.octomil.privacy.budget.domain.RecentRounds.Past;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.ToLongFunction;

/**
 * The rules by which a committed round counts as a spike. Each compares the round with the median
 * of the last {@value #WINDOW} committed rounds of its version and needs at least {@value
 * #LEAST_HISTORY} of them.
 *
 * <ul>
 *   <li>{@code epsilon_per_round}: its loss on its own is more than 1.5 times the median of theirs.
 *   <li>{@code epsilon_added}: it added more than twice the median of what they added.
 *   <li>{@code cohort}: fewer than half as many devices are in its sum as the median.
 *   <li>{@code rounds_per_hour}: with this round, the last hour has seen more than four times as
 *       many rounds as an hour of the day before it did on average, and more than {@value
 *       #LEAST_ROUNDS}. Only the round that crosses the line is reported.
 * </ul>
 *
 * Nothing is stopped by a spike; it is reported. Stateless.
 */
public final class Spikes {

  /** Rounds that a round is compared with. */
  public static final int WINDOW = 20;

  /** Fewer rounds are no history to compare with. */
  static final int LEAST_HISTORY = 5;

  /** Fewer rounds an hour are never too many. */
  static final long LEAST_ROUNDS = 12;

  private static final int TIMES_PER_HOUR = 4;
  private static final long HOURS = 24;

  private Spikes() {}

  /**
   * What is out of the ordinary about {@code round}.
   *
   * @param round the round that is committed now
   * @param recent what came before it
   * @param terms what is in force; decides delta and adjacency
   */
  public static List<Spike> of(Past round, RecentRounds recent, GaussianBudget terms) {
    List<Spike> spikes = new ArrayList<>();
    if (recent.last().size() >= LEAST_HISTORY) {
      long alone = alone(round.kind(), terms);
      long usual = median(recent.last(), past -> alone(past.kind(), terms));
      if (2.0 * alone > 3.0 * usual) {
        spikes.add(spike(Spike.Rule.EPSILON_PER_ROUND, alone, usual));
      }
      long added = median(recent.last(), past -> past.added().nanos());
      if (round.added().nanos() > 2.0 * added) {
        spikes.add(spike(Spike.Rule.EPSILON_ADDED, round.added().nanos(), added));
      }
      long survivors = median(recent.last(), Past::survivors);
      if (2L * round.survivors() < survivors) {
        spikes.add(
            new Spike(
                Spike.Rule.COHORT,
                BigDecimal.valueOf(round.survivors()),
                BigDecimal.valueOf(survivors)));
      }
    }
    hourly(recent).ifPresent(spikes::add);
    return spikes;
  }

  private static Optional<Spike> hourly(RecentRounds recent) {
    if (recent.inDayBefore() == 0) {
      return Optional.empty();
    }
    long now = recent.inLastHour() + 1;
    // More than both, now but not before: hour > 4 * day / 24.
    boolean crosses = exceeds(now, recent.inDayBefore()) && !exceeds(now - 1, recent.inDayBefore());
    return crosses
        ? Optional.of(
            new Spike(
                Spike.Rule.ROUNDS_PER_HOUR,
                BigDecimal.valueOf(now),
                BigDecimal.valueOf(recent.inDayBefore() * 100 / HOURS, 2)))
        : Optional.empty();
  }

  private static boolean exceeds(long inHour, long inDay) {
    return inHour > LEAST_ROUNDS && HOURS * inHour > TIMES_PER_HOUR * inDay;
  }

  private static long alone(RoundKind kind, GaussianBudget terms) {
    return Accounting.of(RoundTally.EMPTY, terms, kind)
        .epsilon(RoundTally.EMPTY.plus(kind, 1))
        .nanos();
  }

  /** The lower median. */
  private static long median(List<Past> rounds, ToLongFunction<Past> measure) {
    return rounds.stream()
        .mapToLong(measure)
        .sorted()
        .skip((rounds.size() - 1) / 2)
        .findFirst()
        .orElseThrow();
  }

  private static Spike spike(Spike.Rule rule, long nanos, long usual) {
    return new Spike(rule, new Epsilon(nanos).decimal(), new Epsilon(usual).decimal());
  }
}
