package com.octomil.privacy.relay.rest;

import com.octomil.privacy.relay.app.Enrollments;
import io.quarkus.runtime.annotations.RegisterForReflection;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Fresh enrolment codes. They are shown this once.
 *
 * @param region region the devices are bound to, or null
 */
@RegisterForReflection
public record EnrollmentCodesResponse(
    String federation, @Nullable String region, Instant expiresAt, List<Code> codes) {

  /** Copies the list. */
  public EnrollmentCodesResponse {
    codes = List.copyOf(codes);
  }

  /**
   * One code.
   *
   * @param deviceId identifier by which the operator can revoke the device that uses the code
   */
  @RegisterForReflection
  public record Code(String code, String deviceId) {
    static Code of(Enrollments.IssuedCode issued) {
      return new Code(issued.code(), issued.deviceId().toString());
    }

    @Override
    public String toString() {
      return "Code[hidden]";
    }
  }
}
