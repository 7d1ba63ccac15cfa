package com.octomil.privacy.audit;

/** Something is not of the format of the audit log; the message says what and where. */
public final class AuditFormatException extends Exception {

  private static final long serialVersionUID = 1L;

  /** With what is wrong. */
  public AuditFormatException(String message) {
    super(message);
  }

  /** With what is wrong and why. */
  public AuditFormatException(String message, Throwable cause) {
    super(message, cause);
  }
}
