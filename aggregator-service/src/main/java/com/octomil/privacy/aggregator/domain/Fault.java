package com.octomil.privacy.aggregator.domain;

import java.util.Locale;

/**
 * What was found out about one device of a round.
 *
 * @param participant its pseudonym in the round
 * @param occurrences how often
 */
public record Fault(ParticipantId participant, Kind kind, int occurrences) {

  /** Kinds of faults. */
  public enum Kind {
    /**
     * Shares that it revealed do not belong to so many secrets. With one occurrence the secret's
     * owner may have made the share wrong.
     */
    WRONG_SHARES,
    /**
     * So many neighbours say that they could not open what it made for them. Few of them may be
     * lying.
     */
    UNOPENED_SHARES;

    public String id() {
      return name().toLowerCase(Locale.ROOT);
    }

    public static Kind of(String id) {
      return valueOf(id.toUpperCase(Locale.ROOT));
    }
  }
}
