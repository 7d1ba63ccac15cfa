package com.octomil.privacy.device;

/** Thrown inside a participation when the servers end it; carries the outcome. */
final class RoundEnded extends Exception {

  private static final long serialVersionUID = 1L;

  private final transient Participation outcome;

  RoundEnded(Participation outcome) {
    super(outcome.toString());
    this.outcome = outcome;
  }

  Participation outcome() {
    return outcome;
  }
}
