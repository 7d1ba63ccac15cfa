package com.octomil.privacy.device.transport;

/** The calls of a device, in the order in which a round makes them. */
public enum Step {
  /** Exchanges a one-time code for a token and a certificate. */
  ENROLL("enroll"),
  /** Replaces token and certificate. */
  RENEW_TOKEN("renew-token"),
  /** Asks for an open round. */
  CHECK_IN("check-in"),
  /** Publishes the device's keys for the round. */
  ADVERTISE("advertise"),
  /** Learns who takes part, and who the neighbours are. */
  GET_ROSTER("roster"),
  /** Hands over one encrypted share for every neighbour. */
  SUBMIT_SHARES("submit-shares"),
  /** Fetches the shares that the neighbours made. */
  GET_SHARES("get-shares"),
  /** Downloads the model. */
  GET_MODEL("model"),
  /** Uploads the update, masked if the round says so. */
  UPLOAD("upload"),
  /** Learns whose uploads are in the sum. */
  GET_SURVIVORS("survivors"),
  /** Confirms the survivors that the device was told. */
  SIGN_SURVIVORS("sign-survivors"),
  /** Fetches the neighbours' confirmations. */
  GET_SURVIVOR_SIGNATURES("survivor-signatures"),
  /** Reveals exactly one secret of every neighbour that shared. */
  REVEAL("reveal"),
  /** Learns how the round ended. */
  GET_RESULT("result");

  private final String id;

  Step(String id) {
    this.id = id;
  }

  /**
   * A stable name for people and logs, in kebab case.
   *
   * @return for example {@code submit-shares}
   */
  public String id() {
    return id;
  }
}
