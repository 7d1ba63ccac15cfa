package com.octomil.privacy.device;

/**
 * What a device knows of its battery and network at this moment.
 *
 * @param batteryPercent charge from 0 to 100; 100 for a device without a battery
 * @param charging whether it is connected to power
 * @param meteredNetwork whether its user pays for the bytes
 */
public record DeviceStatus(int batteryPercent, boolean charging, boolean meteredNetwork) {

  /**
   * Checks the range.
   *
   * @throws IllegalArgumentException if {@code batteryPercent} is not from 0 to 100
   */
  public DeviceStatus {
    if (batteryPercent < 0 || batteryPercent > 100) {
      throw new IllegalArgumentException(
          "batteryPercent must be from 0 to 100, not " + batteryPercent);
    }
  }

  /**
   * A device on mains power and a network without charges.
   *
   * @return fully charged, charging, not metered
   */
  public static DeviceStatus plugged() {
    return new DeviceStatus(100, true, false);
  }
}
