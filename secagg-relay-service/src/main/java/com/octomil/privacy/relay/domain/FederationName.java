package com.octomil.privacy.relay.domain;

/**
 * Name of a federation.
 *
 * @param value a DNS label
 */
public record FederationName(String value) {

  /** Checks the form. */
  public FederationName {
    DnsLabel.require("federation", value);
  }

  @Override
  public String toString() {
    return value;
  }
}
