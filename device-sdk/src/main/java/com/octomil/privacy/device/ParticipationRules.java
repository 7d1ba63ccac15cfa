package com.octomil.privacy.device;

import java.util.Optional;

/**
 * When a device may check in to a round. Immutable.
 *
 * @param minimumBatteryPercent lowest charge for a device that is not charging, from 0 to 100
 * @param requireCharging whether the device must be connected to power
 * @param meteredNetworkAllowed whether it may use a network that its user pays for by the byte
 */
public record ParticipationRules(
    int minimumBatteryPercent, boolean requireCharging, boolean meteredNetworkAllowed) {

  /**
   * Checks the range.
   *
   * @throws IllegalArgumentException if {@code minimumBatteryPercent} is not from 0 to 100
   */
  public ParticipationRules {
    if (minimumBatteryPercent < 0 || minimumBatteryPercent > 100) {
      throw new IllegalArgumentException(
          "minimumBatteryPercent must be from 0 to 100, not " + minimumBatteryPercent);
    }
  }

  /**
   * Considerate of the device's user.
   *
   * @return half a battery or a charger, and no metered network
   */
  public static ParticipationRules standard() {
    return new ParticipationRules(50, false, false);
  }

  /**
   * Why a device must wait.
   *
   * @param status the device's battery and network now
   * @return one sentence, or empty if it may check in
   */
  public Optional<String> objection(DeviceStatus status) {
    if (requireCharging && !status.charging()) {
      return Optional.of("the device is not charging");
    }
    if (!status.charging() && status.batteryPercent() < minimumBatteryPercent) {
      return Optional.of(
          "the battery is at "
              + status.batteryPercent()
              + " %; it must be charging or at "
              + minimumBatteryPercent
              + " %");
    }
    if (status.meteredNetwork() && !meteredNetworkAllowed) {
      return Optional.of("the network is metered");
    }
    return Optional.empty();
  }
}
