package com.octomil.privacy.federation;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Fresh one-time enrolment codes. They are secrets and shown this once. */
public record EnrollmentCodes(
    String federation, @Nullable String region, String expiresAt, List<Code> codes) {

  /**
   * One code.
   *
   * @param deviceId by which the device that uses the code can be revoked
   */
  public record Code(String code, String deviceId) {
    @Override
    public String toString() {
      return "Code[deviceId=" + deviceId + "]";
    }
  }
}
