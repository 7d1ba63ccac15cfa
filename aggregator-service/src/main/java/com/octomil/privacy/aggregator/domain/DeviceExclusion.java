package com.octomil.privacy.aggregator.domain;

import java.time.Instant;
import java.util.List;

/** The relay, as far as exclusion of devices needs it. Idempotent. Thread-safe. */
public interface DeviceExclusion {

  /** A round that the device was admitted to, and its name there. */
  record Attended(RoundId round, ParticipantId participant, Instant admittedAt) {}

  /** What the relay knows of a device that is out. */
  record Excluded(String pseudonym, List<Attended> rounds) {
    public Excluded {
      rounds = List.copyOf(rounds);
    }
  }

  /**
   * Takes a device out of a federation for good.
   *
   * @param device identifier or pseudonym; kept nowhere
   */
  Excluded exclude(FederationName federation, String device);
}
