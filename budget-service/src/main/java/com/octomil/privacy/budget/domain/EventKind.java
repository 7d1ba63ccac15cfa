package com.octomil.privacy.budget.domain;

import java.util.Locale;

/** What is worth a line in the record. */
public enum EventKind {
  /** A federation exists. */
  FEDERATION_CREATED,
  /** Another configuration is in force. */
  CONFIGURATION_CHANGED,
  /** A federation has a new version with an account of its own. */
  VERSION_OPENED,
  /** Budget was added. */
  BUDGET_ALLOCATED,
  /** A round was refused because it would have overspent; once for each configuration. */
  BUDGET_EXHAUSTED,
  /** A round was out of the ordinary. */
  SPIKE_DETECTED,
  /** An API key exists. */
  API_KEY_CREATED,
  /** An API key has a new secret. */
  API_KEY_ROTATED,
  /** An API key is good no more. */
  API_KEY_REVOKED;

  /** Name in the API. */
  public String id() {
    return name().toLowerCase(Locale.ROOT);
  }
}
