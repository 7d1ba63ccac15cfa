package com.octomil.privacy.relay.domain;

import java.time.Instant;
import java.util.Objects;

/**
 * The last instants at which each step of a round is answered, to the millisecond. Without secure
 * aggregation only {@code advertise} and {@code upload} mean anything.
 */
public record Deadlines(
    Instant advertise, Instant share, Instant upload, Instant signSurvivors, Instant reveal) {

  private static final long MAX_MILLIS = 253_402_300_799_999L;

  /** Checks that all are set. */
  public Deadlines {
    Objects.requireNonNull(advertise, "advertise");
    Objects.requireNonNull(share, "share");
    Objects.requireNonNull(upload, "upload");
    Objects.requireNonNull(signSurvivors, "signSurvivors");
    Objects.requireNonNull(reveal, "reveal");
  }

  /** From milliseconds since the Unix epoch, as on the wire. */
  public static Deadlines ofEpochMillis(
      long advertise, long share, long upload, long signSurvivors, long reveal) {
    return new Deadlines(
        instant("advertise", advertise),
        instant("share", share),
        instant("upload", upload),
        instant("sign_survivors", signSurvivors),
        instant("reveal", reveal));
  }

  /** The latest of all, after which nothing of the round is answered. */
  public Instant last() {
    Instant last = advertise;
    for (Instant each : new Instant[] {share, upload, signSurvivors, reveal}) {
      if (each.isAfter(last)) {
        last = each;
      }
    }
    return last;
  }

  /**
   * Checks that the steps of secure aggregation follow one another.
   *
   * @throws RefusedException naming the first deadline that does not come after the one before it
   */
  void requireRising() {
    requireAfter("share", share, "advertise", advertise);
    requireAfter("upload", upload, "share", share);
    requireAfter("sign_survivors", signSurvivors, "upload", upload);
    requireAfter("reveal", reveal, "sign_survivors", signSurvivors);
  }

  private static void requireAfter(String name, Instant later, String beforeName, Instant before) {
    if (!later.isAfter(before)) {
      throw RefusedException.outOfRange(
          "round_parameters.deadlines." + name,
          Long.toString(later.toEpochMilli()),
          "must be later than deadlines." + beforeName + ", which is " + before.toEpochMilli());
    }
  }

  private static Instant instant(String name, long millis) {
    if (millis < 0 || millis > MAX_MILLIS) {
      throw RefusedException.outOfRange(
          "round_parameters.deadlines." + name,
          Long.toString(millis),
          "must be milliseconds since the Unix epoch, from 0 to " + MAX_MILLIS);
    }
    return Instant.ofEpochMilli(millis);
  }
}
