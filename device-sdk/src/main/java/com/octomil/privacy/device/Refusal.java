package com.octomil.privacy.device;

/** Thrown inside a participation when a check fails; becomes {@link Participation.Refused}. */
final class Refusal extends Exception {

  private static final long serialVersionUID = 1L;

  private final RefusalReason reason;
  private final String detail;

  Refusal(RefusalReason reason, String detail) {
    super(reason + ": " + detail);
    this.reason = reason;
    this.detail = detail;
  }

  RefusalReason reason() {
    return reason;
  }

  String detail() {
    return detail;
  }

  /** Throws unless {@code holds}. */
  static void unless(boolean holds, RefusalReason reason, String detail) throws Refusal {
    if (!holds) {
      throw new Refusal(reason, detail);
    }
  }
}
