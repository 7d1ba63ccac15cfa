package com.octomil.privacy.aggregator.domain;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How far a job is, and what of it a reader has not seen. A reader that comes late sees the present
 * state of each attempt, not every state that it went through.
 *
 * @param attempts at rounds, by number and attempt; earlier ones may be left out
 */
public record JobProgress(
    JobState state,
    Optional<String> reason,
    boolean pauseRequested,
    int roundsRequested,
    int roundsCompleted,
    List<Attempt> attempts) {

  /** Copies the list. */
  public JobProgress {
    attempts = List.copyOf(attempts);
  }

  /** An attempt at a round, as far as it has come. */
  public record Attempt(
      int number,
      int attempt,
      RoundId id,
      RoundState state,
      OptionalInt checkedIn,
      OptionalInt cohort,
      OptionalInt survivors,
      OptionalInt publishedVersion,
      Optional<BigDecimal> epsilonSpent,
      OptionalDouble clipNorm,
      Optional<Abort> abort) {}

  /**
   * The last change that a reader has seen.
   *
   * @param job state of the job; empty: none
   * @param number of the round; 0: none
   * @param round state of the attempt; empty: none
   */
  public record Position(String job, int number, int attempt, String round) {
    /** Before everything. */
    public static final Position BEGINNING = new Position("", 0, 0, "");

    private static final Pattern FORM =
        Pattern.compile("([a-z]{0,20})/([0-9]{1,9})/([0-9]{1,9})/([a-z]{0,20})");

    /** Reads what {@link #toString} wrote; empty if it is something else. */
    public static Optional<Position> parse(String text) {
      Matcher matcher = FORM.matcher(text);
      return matcher.matches()
          ? Optional.of(
              new Position(
                  matcher.group(1),
                  Integer.parseInt(matcher.group(2)),
                  Integer.parseInt(matcher.group(3)),
                  matcher.group(4)))
          : Optional.empty();
    }

    private Position afterJob(String label) {
      return new Position(label, number, attempt, round);
    }

    private Position afterRound(Attempt seen) {
      return new Position(job, seen.number(), seen.attempt(), seen.state().id());
    }

    private boolean before(Attempt other) {
      if (number != other.number()) {
        return number < other.number();
      }
      return attempt != other.attempt()
          ? attempt < other.attempt()
          : !round.equals(other.state().id());
    }

    @Override
    public String toString() {
      return job + "/" + number + "/" + attempt + "/" + round;
    }
  }

  /** One change. */
  public sealed interface Change {
    /** Where a reader is after it. */
    Position position();

    /** The state of the job changed, or a pause was asked for. */
    record OfJob(JobProgress job, Position position) implements Change {}

    /** An attempt began or went on. */
    record OfRound(Attempt round, Position position) implements Change {}
  }

  /** What a reader at {@code seen} has not seen, in order. */
  public List<Change> since(Position seen) {
    List<Change> changes = new ArrayList<>();
    Position position = seen;
    String label = state == JobState.RUNNING && pauseRequested ? "pausing" : state.id();
    boolean jobChanged = !label.equals(seen.job());
    if (jobChanged && state.active()) {
      position = position.afterJob(label);
      changes.add(new Change.OfJob(this, position));
    }
    for (Attempt attempt : attempts) {
      if (position.before(attempt)) {
        position = position.afterRound(attempt);
        changes.add(new Change.OfRound(attempt, position));
      }
    }
    if (jobChanged && !state.active()) {
      // Last, since nothing follows the end of a job.
      changes.add(new Change.OfJob(this, position.afterJob(label)));
    }
    return changes;
  }
}
