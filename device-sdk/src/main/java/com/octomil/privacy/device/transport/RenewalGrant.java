package com.octomil.privacy.device.transport;

import java.time.Instant;

/**
 * What the relay answers to a renewal.
 *
 * @param deviceToken opaque bearer token in the place of the old one; a secret, left out of {@link
 *     #toString()}
 * @param certificate of the device's key
 * @param tokenExpiresAt end of the token's life
 */
public record RenewalGrant(
    String deviceToken, DeviceCertificate certificate, Instant tokenExpiresAt) {

  @Override
  public String toString() {
    return "RenewalGrant[certificate=" + certificate + "]";
  }
}
