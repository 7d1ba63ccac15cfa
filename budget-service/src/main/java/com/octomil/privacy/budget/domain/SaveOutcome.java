package com.octomil.privacy.budget.domain;

/** Outcome of putting a configuration in force. */
public sealed interface SaveOutcome {

  /** The federation did not exist and was created with version 1. */
  record Created(ConfiguredVersion saved) implements SaveOutcome {}

  /** The configuration is in force in the current version; it may be what was in force before. */
  record InForce(ConfiguredVersion saved) implements SaveOutcome {}

  /** Another configuration is in force than the caller expected; nothing was changed. */
  record Stale() implements SaveOutcome {}

  /** There is no such federation, or nothing is in force in it. */
  record Unknown() implements SaveOutcome {}

  /** The current version cannot go on with it; nothing was changed. */
  record Refused(Violation violation) implements SaveOutcome {}
}
