package com.octomil.privacy.relay.domain;

/**
 * A region that devices and federations can be bound to, for example {@code eu}.
 *
 * @param value a DNS label
 */
public record Region(String value) {

  /** Checks the form. */
  public Region {
    DnsLabel.require("region", value);
  }

  @Override
  public String toString() {
    return value;
  }
}
