package com.octomil.privacy.device;

/** The device does not accept what the relay answered to its enrolment. The message says why. */
public final class EnrollmentRefusedException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  EnrollmentRefusedException(String message) {
    super(message);
  }
}
