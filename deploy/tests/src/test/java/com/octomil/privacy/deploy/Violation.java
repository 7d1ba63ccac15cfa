package com.octomil.privacy.deploy;

/**
 * A rule that does not hold.
 *
 * @param rule which one
 * @param object where
 * @param message what is wrong
 */
record Violation(Rule rule, String object, String message) {

  @Override
  public String toString() {
    return rule + " " + object + ": " + message;
  }
}
