package com.octomil.privacy.relay.app;

import com.octomil.privacy.relay.domain.DeviceCount;
import com.octomil.privacy.relay.domain.FederationName;
import com.octomil.privacy.relay.domain.ParticipantId;
import com.octomil.privacy.relay.domain.RefusedException;
import com.octomil.privacy.relay.domain.RelayStore;
import com.octomil.privacy.relay.domain.RoundId;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
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
