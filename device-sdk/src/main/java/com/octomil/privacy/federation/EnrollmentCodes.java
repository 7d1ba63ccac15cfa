package com.octomil.privacy.federation;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Fresh one-time enrolment codes. They are secrets and shown this once.
 *
 * @param federation name of the federation
 * @param region that the devices are bound to; null: none
 * @param expiresAt end of the codes' life
 * @param codes one for each device
 */
public record EnrollmentCodes(
    String federation, @Nullable String region, String expiresAt, List<Code> codes) {

  /**
   * One code.
   *
   * @param code a secret that one device uses once
   * @param deviceId by which the device that uses the code can be revoked
   */
  public record Code(String code, String deviceId) {
    @Override
    public String toString() {
      return "Code[deviceId=" + deviceId + "]";
    }
  }
}
