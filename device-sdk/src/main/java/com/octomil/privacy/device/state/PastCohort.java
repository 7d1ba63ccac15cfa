package com.octomil.privacy.device.state;

import com.octomil.privacy.device.transport.Bytes;
import java.util.Optional;
import java.util.Set;

/**
 * The survivors of a round whose sum this device helped to unmask.
 *
 * @param federation name of the federation
 * @param modelHash SHA-256 of the model that the updates started from
 * @param roundId of the round
 * @param survivors number of devices in the sum
 * @param deviceKeys certified keys of the devices in the sum, if the device could see all of them:
 *     every device is a neighbour of every other. Empty if it saw its neighbourhood only.
 */
public record PastCohort(
    String federation,
    Bytes modelHash,
    Bytes roundId,
    int survivors,
    Optional<Set<Bytes>> deviceKeys) {

  /** Refuses keys that are not one for each survivor with an {@link IllegalArgumentException}. */
  public PastCohort {
    if (survivors < 1) {
      throw new IllegalArgumentException("survivors must be at least 1, not " + survivors);
    }
    deviceKeys = deviceKeys.map(Set::copyOf);
    if (deviceKeys.isPresent() && deviceKeys.get().size() != survivors) {
      throw new IllegalArgumentException(
          "deviceKeys must hold one key for each of the "
              + survivors
              + " survivors, not "
              + deviceKeys.get().size());
    }
  }
}
