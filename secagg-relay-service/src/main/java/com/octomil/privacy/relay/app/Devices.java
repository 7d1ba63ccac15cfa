package com.octomil.privacy.relay.app;

import com.octomil.privacy.relay.domain.Attended;
import com.octomil.privacy.relay.domain.DeviceCount;
import com.octomil.privacy.relay.domain.FederationName;
import com.octomil.privacy.relay.domain.ParticipantId;
import com.octomil.privacy.relay.domain.Pseudonym;
import com.octomil.privacy.relay.domain.RefusedException;
import com.octomil.privacy.relay.domain.RelayStore;
import com.octomil.privacy.relay.domain.RoundId;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** What operators see of devices and do to them. Thread-safe. */
@Singleton
public class Devices {

  private final RelayStore store;
  private final Clock clock;

  Devices(RelayStore store, Clock clock) {
    this.store = store;
    this.clock = clock;
  }

  /** Numbers of devices; no identifier is among them. */
  public record Census(List<DeviceCount> devices, long openCodes) {
    /** Copies the list. */
    public Census {
      devices = List.copyOf(devices);
    }
  }

  /** Counts the devices of a federation by state and region. */
  public Census count(FederationName federation) {
    Instant now = clock.instant();
    return store.inTransaction(
        "count-devices",
        records ->
            new Census(
                records.devices().count(federation, now),
                records.devices().countOpenCodes(federation, now)));
  }

  /**
   * Revokes a device for good: its token stops at once, and steps of rounds it has joined are
   * refused. Revoking again changes nothing.
   *
   * @throws RefusedException if the federation has no such device
   */
  public void revoke(FederationName federation, UUID device) {
    Instant now = clock.instant();
    boolean found =
        store.inTransaction(
            "revoke-device", records -> records.devices().revoke(federation, device, now));
    if (!found) {
      throw RefusedException.notFound("The federation '" + federation + "' has no such device.");
    }
  }

  /**
   * What is known of a device that was excluded.
   *
   * @param rounds that it was admitted to, oldest first
   */
  public record Excluded(Pseudonym pseudonym, List<Attended> rounds) {
    /** Copies the list. */
    public Excluded {
      rounds = List.copyOf(rounds);
    }
  }

  /**
   * Takes a device out of a federation for good, as its data subject may demand. Its tokens stop at
   * once. Again gives the same answer.
   *
   * @param device identifier or pseudonym
   * @throws RefusedException if it is neither, or the federation has no such device
   */
  public Excluded exclude(FederationName federation, String device) {
    Instant now = clock.instant();
    return store.inTransaction(
        "exclude-device",
        records -> {
          UUID id =
              find(records, federation, device)
                  .orElseThrow(() ->
                      RefusedException.notFound(
                          "The federation '" + federation + "' has no such device."));
          records.devices().lock(id);
          records.devices().exclude(id, now);
          return new Excluded(
              records.devices().pseudonym(federation, id).orElseThrow(),
              records.devices().attended(id));
        });
  }

  private static Optional<UUID> find(
      RelayStore.Records records, FederationName federation, String device) {
    if (Pseudonym.isPseudonym(device)) {
      return records.devices().byPseudonym(federation, Pseudonym.parse(device));
    }
    UUID id;
    try {
      id = UUID.fromString(device);
    } catch (IllegalArgumentException e) {
      // The value may be somebody's identifier: it is not repeated.
      throw RefusedException.malformed(
          "device",
          null,
          "must be a device identifier (UUID) or a pseudonym (32 hexadecimal digits)");
    }
    return records.devices().pseudonym(federation, id).map(known -> id);
  }

  /**
   * Revokes the device behind a pseudonym, as the aggregator names one that sent what does not fit,
   * without anybody learning which device it is.
   *
   * @throws RefusedException if no device of the federation is known under it, for example because
   *     the session has been erased
   */
  public void revokeParticipant(
      FederationName federation, RoundId round, ParticipantId participant) {
    Instant now = clock.instant();
    boolean found =
        store.inTransaction(
            "revoke-participant",
            records -> records.devices().revokeParticipant(federation, round, participant, now));
    if (!found) {
      throw RefusedException.notFound(
          "The federation '" + federation + "' has no such participant in this round.");
    }
  }
}
