package com.octomil.privacy.device.transport;

/** The calls of a device, in the order in which a round makes them. */
public enum Step {
  ENROLL("enroll"),
  RENEW_TOKEN("renew-token"),
  CHECK_IN("check-in"),
  ADVERTISE("advertise"),
  GET_ROSTER("roster"),
  SUBMIT_SHARES("submit-shares"),
  GET_SHARES("get-shares"),
  GET_MODEL("model"),
  UPLOAD("upload"),
  GET_SURVIVORS("survivors"),
  SIGN_SURVIVORS("sign-survivors"),
  GET_SURVIVOR_SIGNATURES("survivor-signatures"),
  REVEAL("reveal"),
  GET_RESULT("result");

  private final String id;

  Step(String id) {
    this.id = id;
  }

  /** A stable name for people and logs, in kebab case. */
  public String id() {
    return id;
  }
}
